// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import Synchronization

/// The driver's sleep: until a deadline, or until an event brings an earlier one.
final class Sleeper: Sendable {
    private let environment: RLSEnvironment
    private let signal = Signal()
    /// The instant until which the driver sleeps; the end of time while it is awake, so that every deadline that is
    /// noted while it looks around makes it look again.
    private let until = Atomic<UInt64>(.max)

    init(environment: RLSEnvironment) {
        self.environment = environment
    }

    /// A deadline exists. Costs one atomic load when the driver wakes earlier anyway.
    func note(_ deadline: RLSInstant) {
        guard deadline.nanoseconds < self.until.load(ordering: .acquiring) else { return }
        self.signal.set()
    }

    /// Wakes the driver.
    func wake() {
        self.signal.set()
    }

    /// The driver is going to look at all deadlines.
    func looksAround() {
        self.until.store(.max, ordering: .releasing)
    }

    /// Sleeps until the deadline, an earlier one or a call of ``wake()``; nil: only those.
    func sleep(until deadline: RLSInstant?) async {
        guard let deadline else {
            // The end of time stays: any deadline is earlier than none.
            return await self.signal.wait()
        }
        self.until.store(deadline.nanoseconds, ordering: .releasing)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.environment.sleep(deadline) }
            group.addTask { await self.signal.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}
