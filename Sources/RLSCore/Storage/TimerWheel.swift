// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Deadlines of slots, at most one each, in a hierarchy of wheels.
///
/// Setting, moving and cancelling cost a few array writes whatever the number of timers; a heap's pop costs about
/// sixty times as much with two million timers. Ticks are 10 ms; a timer never fires early, but one that is set for more
/// than 495 days fires then.
struct TimerWheel: ~Copyable {
    static let nanosecondsPerTick: UInt64 = 10_000_000

    private static let levels = 4
    private static let bucketBits: UInt64 = 8
    private static let bucketsPerLevel = 256
    private static let none = UInt32.max

    /// As far as a timer can be away: within it the lower 32 bits of its tick tell the tick.
    private static let horizon: UInt64 = 0xFF00_0000

    /// Sixteen bytes.
    private struct Node: BitwiseCopyable {
        /// The lower bits of the tick.
        var deadline: UInt32 = 0
        var next = TimerWheel.none
        var previous = TimerWheel.none
        /// Index into `heads`, or -1 when the timer is not set.
        var bucket: Int16 = -1
    }

    private var nodes = ChunkedArray(filler: Node())
    private var heads = [UInt32](repeating: TimerWheel.none, count: TimerWheel.levels * TimerWheel.bucketsPerLevel)
    /// One bit per bucket: which are not empty.
    private var occupied = [UInt64](repeating: 0, count: TimerWheel.levels * TimerWheel.bucketsPerLevel / 64)
    /// All ticks before this one have been handled.
    private var current: UInt64
    /// Timers that are set.
    private(set) var count = 0

    init(now: RLSInstant) {
        self.current = now.nanoseconds / Self.nanosecondsPerTick
    }

    /// The deadline of a slot; nil when it has none.
    func deadline(of slot: UInt32) -> RLSInstant? {
        guard slot < self.nodes.count, self.nodes[slot].bucket >= 0 else { return nil }
        return RLSInstant(nanoseconds: self.tick(of: slot) &* Self.nanosecondsPerTick)
    }

    /// Sets or moves the deadline of a slot.
    mutating func schedule(_ slot: UInt32, at instant: RLSInstant) {
        self.nodes.grow(to: slot + 1)
        let (ticks, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: Self.nanosecondsPerTick)
        let tick = min(max(rest == 0 ? ticks : ticks + 1, self.current), self.current + Self.horizon)
        let deadline = UInt32(truncatingIfNeeded: tick)
        if self.nodes[slot].bucket >= 0 {
            guard self.nodes[slot].deadline != deadline else { return }
            self.unlink(slot)
        } else {
            self.count += 1
        }
        self.nodes[slot].deadline = deadline
        self.link(slot)
    }

    /// Removes the deadline of a slot, if it has one.
    mutating func cancel(_ slot: UInt32) {
        guard slot < self.nodes.count, self.nodes[slot].bucket >= 0 else { return }
        self.unlink(slot)
        self.count -= 1
    }

    /// An instant not later than the earliest deadline; nil without timers.
    ///
    /// It is exact within the first 2.56 s and at most one bucket early beyond.
    var nextDeadline: RLSInstant? {
        guard self.count > 0 else { return nil }
        for level in 0..<Self.levels {
            let shift = UInt64(level) * Self.bucketBits
            let position = self.current >> shift
            // A bucket of a higher level that the current tick has entered is cascaded already.
            let first = level == 0 ? 0 : 1
            guard let distance = self.nextOccupied(level: level, from: position, atLeast: first) else { continue }
            let tick = (position + UInt64(distance)) << shift
            return RLSInstant(nanoseconds: max(tick, self.current) &* Self.nanosecondsPerTick)
        }
        return RLSInstant(nanoseconds: (self.current + 1) &* Self.nanosecondsPerTick)
    }

    /// Takes timers that are due, at most `limit`; the rest stays due.
    mutating func takeExpired(now: RLSInstant, limit: Int, into expired: inout [UInt32]) {
        let target = now.nanoseconds / Self.nanosecondsPerTick
        var taken = 0
        while self.current <= target {
            let bucket = Int(self.current & UInt64(Self.bucketsPerLevel - 1))
            while self.heads[bucket] != Self.none {
                guard taken < limit else { return }
                let slot = self.heads[bucket]
                self.unlink(slot)
                self.count -= 1
                expired.append(slot)
                taken += 1
            }
            // Nothing can be due on `target` any more except what is scheduled from now on: stay on it.
            guard self.current < target else { return }
            guard self.count > 0 else {
                self.current = target
                return
            }
            self.advance(to: target)
        }
    }

    /// Moves to the next tick that can hold something, at most to `target`, cascading on the way.
    private mutating func advance(to target: UInt64) {
        let mask = UInt64(Self.bucketsPerLevel - 1)
        let rotationEnd = self.current | mask
        if let distance = self.nextOccupied(
            level: 0,
            from: self.current,
            atLeast: 1,
            atMost: rotationEnd - self.current
        ),
            self.current + UInt64(distance) <= target
        {
            self.current += UInt64(distance)
            return
        }
        guard rotationEnd < target else {
            self.current = target
            return
        }
        self.current = rotationEnd + 1
        for level in 1..<Self.levels {
            let shift = UInt64(level) * Self.bucketBits
            self.cascade(level * Self.bucketsPerLevel + Int((self.current >> shift) & mask))
            guard (self.current >> shift) & mask == 0 else { break }
        }
    }

    private mutating func cascade(_ bucket: Int) {
        var slot = self.heads[bucket]
        self.heads[bucket] = Self.none
        self.occupied[bucket >> 6] &= ~(1 << UInt64(bucket & 63))
        while slot != Self.none {
            let next = self.nodes[slot].next
            self.link(slot)
            slot = next
        }
    }

    private func nextOccupied(level: Int, from position: UInt64, atLeast: Int, atMost: UInt64 = 255) -> Int? {
        var distance = atLeast
        while distance <= Int(min(atMost, 255)) {
            let bucket = Int((position &+ UInt64(distance)) & UInt64(Self.bucketsPerLevel - 1))
            let word = self.occupied[(level * Self.bucketsPerLevel + bucket) >> 6] >> UInt64(bucket & 63)
            if word == 0 {
                distance += 64 - (bucket & 63)
                continue
            }
            distance += word.trailingZeroBitCount
            return distance <= Int(min(atMost, 255)) ? distance : nil
        }
        return nil
    }

    /// The tick of a timer that is set: none is in the past or beyond the horizon.
    private func tick(of slot: UInt32) -> UInt64 {
        self.current + UInt64(self.nodes[slot].deadline &- UInt32(truncatingIfNeeded: self.current))
    }

    private mutating func link(_ slot: UInt32) {
        let deadline = self.tick(of: slot)
        let distance = deadline ^ self.current
        var level = 0
        while level < Self.levels - 1, distance >> (UInt64(level + 1) * Self.bucketBits) != 0 {
            level += 1
        }
        let position = deadline >> (UInt64(level) * Self.bucketBits)
        let bucket = level * Self.bucketsPerLevel + Int(position & UInt64(Self.bucketsPerLevel - 1))
        let head = self.heads[bucket]
        self.nodes[slot].next = head
        self.nodes[slot].previous = Self.none
        self.nodes[slot].bucket = Int16(bucket)
        if head != Self.none {
            self.nodes[head].previous = slot
        }
        self.heads[bucket] = slot
        self.occupied[bucket >> 6] |= 1 << UInt64(bucket & 63)
    }

    private mutating func unlink(_ slot: UInt32) {
        let node = self.nodes[slot]
        let bucket = Int(node.bucket)
        if node.previous == Self.none {
            self.heads[bucket] = node.next
            if node.next == Self.none {
                self.occupied[bucket >> 6] &= ~(1 << UInt64(bucket & 63))
            }
        } else {
            self.nodes[node.previous].next = node.next
        }
        if node.next != Self.none {
            self.nodes[node.next].previous = node.previous
        }
        self.nodes[slot].bucket = -1
    }
}
