// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A door that opens once, for all who wait at it.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Locked(State())

    /// Lets everybody through who waits now or comes later.
    func open() {
        let waiting = self.state.withLock { state in
            defer { state.waiting = [:] }
            state.isOpen = true
            return state.waiting.sorted { $0.key < $1.key }.map(\.value)
        }
        for continuation in waiting {
            continuation.resume()
        }
    }

    /// Waits until the gate is open, or the task is cancelled.
    func wait() async {
        let number = self.state.withLock { state in
            state.lastNumber &+= 1
            return state.lastNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayPass = self.state.withLock { state in
                    guard !state.isOpen, !Task.isCancelled else { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if mayPass {
                    continuation.resume()
                }
            }
        } onCancel: {
            self.state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }
}
