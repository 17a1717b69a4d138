// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore

/// What is going to happen, soonest first; of the same instant what was put in first.
public struct EventQueue<Event> {
    private var heap: [(time: RLSInstant, order: UInt64, event: Event)] = []
    private var order: UInt64 = 0

    /// Creates an empty queue.
    public init() {}

    /// The instant of the next event.
    public var nextTime: RLSInstant? { self.heap.first?.time }
    /// How many events wait.
    public var count: Int { self.heap.count }

    /// Puts an event in.
    public mutating func insert(_ event: Event, at time: RLSInstant) {
        self.heap.append((time, self.order, event))
        self.order += 1
        var child = self.heap.count - 1
        while child > 0, self.isBefore(child, (child - 1) / 2) {
            self.heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the next event out.
    public mutating func removeFirst() -> (time: RLSInstant, event: Event)? {
        guard let first = self.heap.first, let last = self.heap.popLast() else { return nil }
        if !self.heap.isEmpty {
            self.heap[0] = last
            self.sink()
        }
        return (first.time, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < self.heap.count && self.isBefore(child, least) {
                least = child
            }
            guard least != parent else { return }
            self.heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (self.heap[left].time, self.heap[left].order) < (self.heap[right].time, self.heap[right].order)
    }
}

extension EventQueue: Sendable where Event: Sendable {}
