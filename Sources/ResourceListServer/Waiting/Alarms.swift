// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// Everything in the shell that waits for an instant; the driver rings them all, so one task sleeps for the process.
///
/// A call that is answered in time leaves a dead entry behind, which goes when its time has come.
final class Alarms: Sendable {
    struct ID: Hashable, Sendable {
        fileprivate var number: UInt64
    }

    fileprivate struct Entry {
        var at: RLSInstant
        var id: ID
    }

    fileprivate struct State {
        /// A binary heap, earliest first.
        var heap: [Entry] = []
        var actions: [ID: @Sendable () -> Void] = [:]
        var lastNumber: UInt64 = 0
        var isClosed = false
    }

    private let state = Locked(State())
    private let hasEarlier: @Sendable (RLSInstant) -> Void

    /// - Parameter hasEarlier: told of each new alarm, so that the driver does not oversleep.
    init(hasEarlier: @escaping @Sendable (RLSInstant) -> Void) {
        self.hasEarlier = hasEarlier
    }

    /// Runs `action` at an instant, outside all locks. When no driver runs any more, at once.
    @discardableResult
    func set(at instant: RLSInstant, _ action: @escaping @Sendable () -> Void) -> ID {
        let (id, isClosed) = self.state.withLock { state in
            state.lastNumber &+= 1
            let id = ID(number: state.lastNumber)
            guard !state.isClosed else { return (id, true) }
            state.actions[id] = action
            state.push(Entry(at: instant, id: id))
            return (id, false)
        }
        if isClosed {
            action()
        } else {
            self.hasEarlier(instant)
        }
        return id
    }

    /// The action will not run, unless it runs already.
    func cancel(_ id: ID) {
        self.state.withLock { state in
            state.actions[id] = nil
            state.dropDead()
        }
    }

    /// The earliest alarm that is set.
    var earliest: RLSInstant? {
        self.state.withLock { $0.heap.first?.at }
    }

    /// Runs what is due.
    func ring(now: RLSInstant) {
        while let action = self.state.withLock({ $0.popAction(until: now) }) {
            action()
        }
    }

    /// Runs everything now: nothing may wait when nobody rings any more.
    func close() {
        self.state.withLock { $0.isClosed = true }
        self.ring(now: .distantFuture)
    }

    /// Waits until an instant, or until its task is cancelled.
    func sleep(until instant: RLSInstant) async {
        let signal = Signal()
        let id = self.set(at: instant) { signal.set() }
        await signal.wait()
        self.cancel(id)
    }
}

extension Alarms.State {
    fileprivate mutating func popAction(until now: RLSInstant) -> (@Sendable () -> Void)? {
        self.dropDead()
        guard let first = self.heap.first, first.at <= now else { return nil }
        self.pop()
        return self.actions.removeValue(forKey: first.id)
    }

    /// Removes cancelled entries from the front, so that nobody is woken for them.
    fileprivate mutating func dropDead() {
        while let first = self.heap.first, self.actions[first.id] == nil {
            self.pop()
        }
    }

    fileprivate mutating func push(_ entry: Alarms.Entry) {
        self.heap.append(entry)
        var child = self.heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.heap[child].at < self.heap[parent].at else { return }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() {
        self.heap.swapAt(0, self.heap.count - 1)
        self.heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.heap.count {
                if self.heap[child].at < self.heap[least].at {
                    least = child
                }
            }
            guard least != parent else { return }
            self.heap.swapAt(parent, least)
            parent = least
        }
    }
}
