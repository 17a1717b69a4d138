// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ResourceListServer

/// How a scripted plug behaves from now on.
public enum ScriptedBehaviour<Failure: Error>: Sendable {
    /// Answers.
    case works
    /// Throws.
    case fails(Failure)
    /// Does not answer until it is told another behaviour, which it then shows.
    ///
    /// - Parameter heedsCancellation: whether a cancelled call ends at once; it then works.
    case stalls(heedsCancellation: Bool)
}

/// Records calls of a scripted plug, and holds them up while it stalls.
final class ScriptedCalls<Call: Sendable, Failure: Error>: Sendable {
    private struct State {
        var behaviour = ScriptedBehaviour<Failure>.works
        var calls: [Call] = []
        var held: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastHeld: UInt64 = 0
        var observers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Locked(State())

    var behaviour: ScriptedBehaviour<Failure> {
        get { self.state.withLock { $0.behaviour } }
        set {
            let held = self.state.withLock { state in
                state.behaviour = newValue
                defer { state.held = [:] }
                return Array(state.held.values)
            }
            for continuation in held {
                continuation.resume()
            }
        }
    }

    var calls: [Call] { self.state.withLock { $0.calls } }

    /// Waits until there have been `count` calls.
    func until(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = self.state.withLock { state in
                guard state.calls.count < count else { return true }
                state.observers.append((count, continuation))
                return false
            }
            if isReached {
                continuation.resume()
            }
        }
    }

    /// Records a call; returns when the plug answers, with what it throws.
    func record(_ call: Call) async -> Failure? {
        let reached = self.state.withLock { state in
            state.calls.append(call)
            let count = state.calls.count
            defer { state.observers.removeAll { $0.count <= count } }
            return state.observers.filter { $0.count <= count }
        }
        for observer in reached {
            observer.continuation.resume()
        }
        while true {
            switch self.behaviour {
            case .works: return nil
            case .fails(let failure): return failure
            case .stalls(let heedsCancellation):
                if heedsCancellation, Task.isCancelled {
                    return nil
                }
                await self.hold(heedsCancellation: heedsCancellation)
            }
        }
    }

    private func hold(heedsCancellation: Bool) async {
        let id = self.state.withLock { state in
            state.lastHeld &+= 1
            return state.lastHeld
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isHeld = self.state.withLock { state in
                    guard case .stalls = state.behaviour, !(heedsCancellation && Task.isCancelled) else { return false }
                    state.held[id] = continuation
                    return true
                }
                if !isHeld {
                    continuation.resume()
                }
            }
        } onCancel: {
            guard heedsCancellation else { return }
            self.state.withLock { $0.held.removeValue(forKey: id) }?.resume()
        }
    }
}
