// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import Testing

@testable import RLSProxy

@Suite("Timer wheel")
struct TimerWheelTests {
    private func instant(_ milliseconds: UInt64) -> RLSInstant {
        RLSInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test(
        "a key comes out at most a tick late and never early",
        arguments: [1, 19, 20, 21, 500, 31_999, 40_000] as [UInt64]
    )
    func dueInTime(milliseconds: UInt64) {
        var wheel = TimerWheel<String>(now: self.instant(7))
        wheel.schedule("key", at: self.instant(7 + milliseconds))
        #expect(wheel.advance(to: self.instant(6 + milliseconds)) == [])
        #expect(wheel.advance(to: self.instant(7 + milliseconds + 40)) == ["key"])
        #expect(wheel.advance(to: self.instant(7 + milliseconds + 100_000)) == [])
    }

    @Test("a key beyond the wheel's size comes out early, to be scheduled again")
    func farAway() {
        var wheel = TimerWheel<String>(now: .zero)
        wheel.schedule("far", at: .distantFuture)
        #expect(wheel.advance(to: self.instant(60_000)) == ["far"])
    }

    @Test("after a long sleep every key comes out once")
    func longSleep() {
        var wheel = TimerWheel<Int>(now: .zero)
        for index in 0..<100 {
            wheel.schedule(index, at: self.instant(UInt64(index) * 300))
        }
        #expect(wheel.advance(to: self.instant(3_600_000)).sorted() == Array(0..<100))
    }
}
