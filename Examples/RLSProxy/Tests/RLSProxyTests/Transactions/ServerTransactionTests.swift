// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import Testing

@testable import RLSProxy

@Suite("Non-INVITE server transaction")
struct ServerTransactionTests {
    @Test("R3261-53: repeats are dropped before an answer, and get the answer again after it")
    func repeats() {
        var machine = ServerTransaction(isReliable: false, timers: SIPTimers(), now: .zero)
        #expect(machine.repeatReceived() == .drop)
        #expect(machine.finalReply(now: .zero) == .send)
        #expect(machine.repeatReceived() == .resend)
    }

    @Test("R3261-53: a second final response is dropped")
    func secondFinal() {
        var machine = ServerTransaction(isReliable: false, timers: SIPTimers(), now: .zero)
        #expect(machine.finalReply(now: .zero) == .send)
        #expect(machine.finalReply(now: .zero) == .drop)
    }

    @Test("R3261-54: 100 is sent when the peer's Timer E has reached T2, not earlier")
    func provisional() {
        var machine = ServerTransaction(isReliable: false, timers: SIPTimers(), now: .zero)
        #expect(machine.deadline == RLSInstant(nanoseconds: 3_500_000_000))
        #expect(machine.deadlineReached(now: RLSInstant(nanoseconds: 3_499_000_000)) == .none)
        #expect(machine.deadlineReached(now: machine.deadline) == .sendTrying)
        #expect(machine.repeatReceived() == .resend)
        #expect(machine.finalReply(now: machine.deadline) == .send)
    }

    @Test("R3261-14: Timer J is 64*T1 over UDP and 0 over TCP", arguments: [false, true])
    func end(isReliable: Bool) {
        var machine = ServerTransaction(isReliable: isReliable, timers: SIPTimers(), now: .zero)
        _ = machine.finalReply(now: .zero)
        guard !isReliable else {
            #expect(machine.state == .terminated)
            return
        }
        #expect(machine.deadline == RLSInstant(nanoseconds: 32_000_000_000))
        #expect(machine.deadlineReached(now: machine.deadline) == .forget)
    }

    @Test("R3261-55: without any answer it is forgotten in silence")
    func neverAnswered() {
        var machine = ServerTransaction(isReliable: false, timers: SIPTimers(), now: .zero)
        #expect(machine.deadlineReached(now: machine.deadline) == .sendTrying)
        #expect(machine.deadlineReached(now: machine.deadline) == .forget)
        #expect(machine.state == .terminated)
    }
}
