// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import ResourceListServer
import Testing

@Suite("Virtual time", .timeLimit(.minutes(1)))
struct VirtualTimeTests {
    @Test("set(to:) wakes those who have slept long enough, and never goes back")
    func setWakes() async {
        let time = VirtualTime(start: .zero, epochSeconds: 100)
        #expect(time.earliestSleep == nil)
        let woken = Locked([Int]())
        let first = Task {
            try? await time.environment.sleep(RLSInstant(nanoseconds: 5_000_000_000))
            woken.withLock { $0.append(1) }
        }
        await time.untilSleeping()
        let second = Task {
            try? await time.environment.sleep(RLSInstant(nanoseconds: 9_000_000_000))
            woken.withLock { $0.append(2) }
        }
        while time.sleepers < 2 { await Task.yield() }
        #expect(time.earliestSleep == RLSInstant(nanoseconds: 5_000_000_000))
        time.set(to: RLSInstant(nanoseconds: 5_000_000_000))
        await first.value
        #expect(time.earliestSleep == RLSInstant(nanoseconds: 9_000_000_000))
        #expect(time.epochSeconds == 105)
        time.set(to: RLSInstant(nanoseconds: 1_000_000_000))
        #expect(time.now == RLSInstant(nanoseconds: 5_000_000_000))
        time.set(to: RLSInstant(nanoseconds: 10_000_000_000))
        await second.value
        #expect(woken.withLock { $0 } == [1, 2])
    }
}
