// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// Keys with deadlines, in slots of 20 ms: scheduling costs an append, and no timer has a task of its own.
///
/// A key may come out early (deadlines beyond the wheel's 41 s) or after it has lost its meaning; the owner compares
/// with the real deadline and schedules again.
struct TimerWheel<Key: Sendable>: Sendable {
    static var tick: Duration { .milliseconds(20) }
    private static var tickNanoseconds: UInt64 { 20_000_000 }
    /// 2,048 slots hold 64*T1 = 32 s, the longest SIP timer.
    private static var slotCount: UInt64 { 2048 }

    private var slots: [[Key]]
    /// The last tick that was handed out.
    private var cursor: UInt64

    init(now: RLSInstant) {
        self.slots = Array(repeating: [], count: Int(Self.slotCount))
        self.cursor = now.nanoseconds / Self.tickNanoseconds
    }

    mutating func schedule(_ key: Key, at deadline: RLSInstant) {
        let due = deadline.nanoseconds / Self.tickNanoseconds &+ 1
        let clamped = min(max(due, self.cursor + 1), self.cursor + Self.slotCount - 1)
        self.slots[Int(clamped % Self.slotCount)].append(key)
    }

    /// Takes out everything that is due.
    mutating func advance(to now: RLSInstant) -> [Key] {
        let target = now.nanoseconds / Self.tickNanoseconds
        guard target > self.cursor else { return [] }
        var due: [Key] = []
        // After a long sleep one round empties every slot.
        let steps = min(target - self.cursor, Self.slotCount)
        for step in 1...steps {
            let slot = Int((self.cursor &+ step) % Self.slotCount)
            guard !self.slots[slot].isEmpty else { continue }
            due.append(contentsOf: self.slots[slot])
            self.slots[slot].removeAll(keepingCapacity: self.slots[slot].count <= 64)
        }
        self.cursor = target
        return due
    }
}
