// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import ResourceListServer

/// Remembers what it is told.
public final class RecordingObserver: RLSObserver {
    private struct State {
        var events: [RLSEvent] = []
        var waiters: [(kind: RLSEvent.Kind, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Locked(State())

    /// Creates an observer.
    public init() {}

    /// All events, oldest first.
    public var events: [RLSEvent] { self.state.withLock { $0.events } }

    /// Events of one kind, oldest first.
    public func events(_ kind: RLSEvent.Kind) -> [RLSEvent] {
        self.events.filter { $0.kind == kind }
    }

    /// Waits until an event of this kind has happened.
    public func until(_ kind: RLSEvent.Kind) async {
        await withCheckedContinuation { continuation in
            let isThere = self.state.withLock { state in
                guard !state.events.contains(where: { $0.kind == kind }) else { return true }
                state.waiters.append((kind, continuation))
                return false
            }
            if isThere {
                continuation.resume()
            }
        }
    }

    /// Remembers an event.
    public func event(_ event: RLSEvent) {
        let waiters = self.state.withLock { state in
            state.events.append(event)
            defer { state.waiters.removeAll { $0.kind == event.kind } }
            return state.waiters.filter { $0.kind == event.kind }
        }
        for waiter in waiters {
            waiter.continuation.resume()
        }
    }
}
