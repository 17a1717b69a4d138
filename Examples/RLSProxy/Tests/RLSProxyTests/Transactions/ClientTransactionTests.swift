// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import Testing

@testable import RLSProxy

@Suite("Non-INVITE client transaction")
struct ClientTransactionTests {
    /// Runs the machine's deadlines until it ends.
    private func run(_ machine: inout ClientTransaction) -> [(milliseconds: UInt64, ClientTransaction.DeadlineResult)] {
        var events: [(UInt64, ClientTransaction.DeadlineResult)] = []
        while machine.state != .terminated, events.count < 50 {
            let now = machine.deadline
            events.append((now.nanoseconds / 1_000_000, machine.deadlineReached(now: now)))
        }
        return events
    }

    @Test("R3261-50: without an answer it sends at 0.5, 1.5, 3.5, 7.5 … 31.5 s and gives up at 32 s")
    func retransmissionSchedule() {
        var machine = ClientTransaction(isReliable: false, timers: SIPTimers(), now: .zero)
        let events = self.run(&machine)
        let resends = events.filter { $0.1 == .resend }.map(\.milliseconds)
        #expect(resends == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500])
        #expect(events.last?.milliseconds == 32_000)
        #expect(events.last?.1 == .timeOut)
    }

    @Test("R3261-50: nothing is sent twice on a reliable transport, and it gives up at 32 s all the same")
    func reliableTransport() {
        var machine = ClientTransaction(isReliable: true, timers: SIPTimers(), now: .zero)
        let events = self.run(&machine)
        #expect(events.map(\.1) == [.timeOut])
        #expect(events.map(\.milliseconds) == [32_000])
    }

    @Test("R3261-14: after a 1xx the request is repeated every T2")
    func provisionalSlowsDown() {
        var machine = ClientTransaction(isReliable: false, timers: SIPTimers(), now: .zero)
        #expect(machine.responseReceived(status: 100) == .absorb)
        let events = self.run(&machine)
        let resends = events.filter { $0.1 == .resend }.map(\.milliseconds)
        #expect(resends == [500, 4500, 8500, 12500, 16500, 20500, 24500, 28500])
    }

    @Test("R3261-51: the final response goes up once, and ends the transaction", arguments: [false, true])
    func finalResponseOnce(isReliable: Bool) {
        var machine = ClientTransaction(isReliable: isReliable, timers: SIPTimers(), now: .zero)
        #expect(machine.responseReceived(status: 200) == .passUp)
        #expect(machine.state == .terminated)
        #expect(machine.responseReceived(status: 200) == .absorb)
        #expect(machine.responseReceived(status: 481) == .absorb)
        #expect(machine.deadlineReached(now: machine.deadline) == .none)
    }

    @Test("R3261-52: a transport error is told once, and not after the answer")
    func transportError() {
        var machine = ClientTransaction(isReliable: false, timers: SIPTimers(), now: .zero)
        #expect(machine.transportFailed() == true)
        #expect(machine.transportFailed() == false)
        var answered = ClientTransaction(isReliable: false, timers: SIPTimers(), now: .zero)
        _ = answered.responseReceived(status: 200)
        #expect(answered.transportFailed() == false)
    }

    @Test("an early call does nothing")
    func earlyCall() {
        var machine = ClientTransaction(isReliable: false, timers: SIPTimers(), now: .zero)
        #expect(machine.deadlineReached(now: .zero) == .none)
        #expect(machine.deadline == RLSInstant(nanoseconds: 500_000_000))
    }
}
