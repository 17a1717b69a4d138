// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Tells one waiting task that there is something to look at. A signal that comes early is kept.
final class Signal: Sendable {
    private struct State {
        var isSet = false
        var waiter: CheckedContinuation<Void, Never>?

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            defer { self.waiter = nil }
            return self.waiter
        }
    }

    private let state = Locked(State())

    /// Wakes the waiter, or lets the next one through.
    func set() {
        let waiter = self.state.withLock { state in
            state.isSet = true
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Waits for a signal and clears it; returns at once when its task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = self.state.withLock { state in
                    guard !state.isSet, !Task.isCancelled else { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady {
                    continuation.resume()
                }
            }
        } onCancel: {
            self.state.withLock { $0.takeWaiter() }?.resume()
        }
        // What was signalled until here is looked at by the caller now.
        self.state.withLock { $0.isSet = false }
    }
}
