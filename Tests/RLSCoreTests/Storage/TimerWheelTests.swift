// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct TimerWheelTests {
    private static func instant(milliseconds: UInt64) -> RLSInstant {
        RLSInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test(arguments: [1, 10, 15, 2_559, 2_560, 2_561, 32_000, 655_360, 655_361, 3_600_000, 172_800_000])
    func firesNeitherEarlyNorMoreThanATickLate(milliseconds: UInt64) {
        var wheel = TimerWheel(now: Self.instant(milliseconds: 12_345))
        let due = Self.instant(milliseconds: 12_345 + milliseconds)
        wheel.schedule(7, at: due)
        var expired: [UInt32] = []
        var calls = 0
        while expired.isEmpty, calls < 5_000 {
            calls += 1
            guard let next = wheel.nextDeadline else { break }
            wheel.takeExpired(now: next, limit: 10, into: &expired)
            if !expired.isEmpty {
                #expect(next >= due)
                #expect(next.nanoseconds - due.nanoseconds < 2 * TimerWheel.nanosecondsPerTick)
            }
        }
        #expect(expired == [7])
        #expect(wheel.count == 0)
        #expect(wheel.nextDeadline == nil)
    }

    /// A model beside the wheel: random schedules, moves, cancels and steps of time.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func agreesWithASortedList(seed: UInt64) {
        var random = SeededRandom(seed: RLSSeed(seed, 0, 0, 0))
        var now = Self.instant(milliseconds: 5)
        var wheel = TimerWheel(now: now)
        var model: [UInt32: RLSInstant] = [:]
        for _ in 0..<20_000 {
            let slot = UInt32(random.next() % 200)
            switch random.next() % 4 {
            case 0, 1:
                let range: UInt64 = [100, 5_000, 700_000, 50_000_000][Int(random.next() % 4)]
                let due = now.advanced(by: .milliseconds(Int64(random.next() % range)))
                wheel.schedule(slot, at: due)
                model[slot] = due
            case 2:
                wheel.cancel(slot)
                model[slot] = nil
            default:
                now = now.advanced(by: .milliseconds(Int64(random.next() % (random.next() % 50 == 0 ? 900_000 : 700))))
                var expired: [UInt32] = []
                wheel.takeExpired(now: now, limit: .max, into: &expired)
                for slot in expired {
                    let due = model.removeValue(forKey: slot)
                    #expect(due.map { $0 <= now } == true)
                }
                let tick = TimerWheel.nanosecondsPerTick
                let overdue = model.values.filter { ($0.nanoseconds + tick - 1) / tick <= now.nanoseconds / tick }
                #expect(overdue.isEmpty)
            }
            #expect(wheel.count == model.count)
            if let earliest = model.values.min() {
                let next = wheel.nextDeadline
                #expect(next != nil)
                #expect((next ?? .distantFuture).nanoseconds <= earliest.nanoseconds + TimerWheel.nanosecondsPerTick)
            } else {
                #expect(wheel.nextDeadline == nil)
            }
        }
    }

    @Test func leavesTheRestDueWhenTheLimitIsReached() {
        var wheel = TimerWheel(now: .zero)
        for slot in 0..<100 as Range<UInt32> {
            wheel.schedule(slot, at: Self.instant(milliseconds: 50))
        }
        var expired: [UInt32] = []
        wheel.takeExpired(now: Self.instant(milliseconds: 60), limit: 40, into: &expired)
        #expect(expired.count == 40)
        #expect(wheel.nextDeadline.map { $0 <= Self.instant(milliseconds: 60) } == true)
        wheel.takeExpired(now: Self.instant(milliseconds: 60), limit: 100, into: &expired)
        #expect(Set(expired).count == 100)
    }
}
