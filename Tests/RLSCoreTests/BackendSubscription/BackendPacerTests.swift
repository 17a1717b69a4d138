// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct BackendPacerTests {
    private func pacer(rate: Int = 1_000, burst: Int = 10, inFlight: Int = 100, perHop: Int = 5) -> BackendPacer {
        BackendPacer(rate: rate, burst: burst, inFlight: inFlight, perHop: perHop, now: .zero)
    }

    private func send(_ pacer: inout BackendPacer, hop: UInt16, at milliseconds: UInt64) -> [UInt32] {
        var slots: [UInt32] = []
        while let next = pacer.next(now: RLSInstant(nanoseconds: milliseconds * 1_000_000)) {
            pacer.sent(hop: hop)
            slots.append(next.slot)
        }
        return slots
    }

    @Test func sendsNoMoreThanTheRate() {
        var pacer = self.pacer(rate: 100, burst: 10, perHop: 100)
        let hop = pacer.hop(named: "a")
        for slot in 0..<50 as Range<UInt32> {
            pacer.enqueue(.init(slot: slot, serial: 1), hop: hop, urgent: false)
        }
        #expect(self.send(&pacer, hop: hop, at: 0).count == 10)
        #expect(self.send(&pacer, hop: hop, at: 0).isEmpty)
        #expect(pacer.nextDeadline == RLSInstant(nanoseconds: 20_000_000))
        #expect(self.send(&pacer, hop: hop, at: 50).count == 5)
    }

    @Test func turnsComeTogetherEveryTenMilliseconds() {
        var pacer = self.pacer(rate: 2_000, burst: 50, perHop: 100)
        let hop = pacer.hop(named: "a")
        for slot in 0..<100 as Range<UInt32> {
            pacer.enqueue(.init(slot: slot, serial: 1), hop: hop, urgent: false)
        }
        #expect(self.send(&pacer, hop: hop, at: 3).count == 50)
        #expect(pacer.nextDeadline == RLSInstant(nanoseconds: 10_000_000))
        #expect(self.send(&pacer, hop: hop, at: 10).count == 20)
        #expect(pacer.nextDeadline == RLSInstant(nanoseconds: 20_000_000))
        // Who asks in between, because something was answered, gets none.
        #expect(self.send(&pacer, hop: hop, at: 19).isEmpty)
        #expect(self.send(&pacer, hop: hop, at: 20).count == 20)
        #expect(self.send(&pacer, hop: hop, at: 39).count == 10)
    }

    @Test func aSlowNextHopDoesNotHoldUpAnother() {
        var pacer = self.pacer()
        let slow = pacer.hop(named: "slow")
        let quick = pacer.hop(named: "quick")
        for slot in 0..<6 as Range<UInt32> {
            pacer.enqueue(.init(slot: slot, serial: 1), hop: slow, urgent: false)
        }
        for _ in 0..<5 {
            #expect(pacer.next(now: .zero) != nil)
            pacer.sent(hop: slow)
        }
        #expect(pacer.next(now: .zero) == nil)
        #expect(pacer.nextDeadline == nil)
        pacer.enqueue(.init(slot: 100, serial: 1), hop: quick, urgent: false)
        #expect(pacer.next(now: .zero)?.slot == 100)
        pacer.sent(hop: quick)
        pacer.answered(hop: slow)
        #expect(pacer.next(now: .zero)?.slot == 5)
    }

    @Test func refreshesGoFirst() {
        var pacer = self.pacer()
        let hop = pacer.hop(named: "a")
        pacer.enqueue(.init(slot: 1, serial: 1), hop: hop, urgent: false)
        pacer.enqueue(.init(slot: 2, serial: 1), hop: hop, urgent: true)
        #expect(self.send(&pacer, hop: hop, at: 0) == [2, 1])
    }
}
