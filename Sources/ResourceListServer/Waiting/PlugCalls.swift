// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// Calls of plugs with a time limit.
///
/// A call runs in an unstructured task on purpose: a task group would wait for a child that ignores cancellation, and a
/// plug that hangs must not delay the answer. The tasks left behind are counted, and when too many of them hang, further
/// calls are given up at once.
final class PlugCalls: Sendable {
    /// Calls left behind that have not returned; more are not begun.
    static let abandonedLimit = 1_000

    private let alarms: Alarms
    private let environment: RLSEnvironment
    private let abandoned = Locked(0)

    init(alarms: Alarms, environment: RLSEnvironment) {
        self.alarms = alarms
        self.environment = environment
    }

    /// Calls left behind that have not returned.
    var abandonedCount: Int { self.abandoned.withLock { $0 } }

    /// Calls a plug.
    ///
    /// - Parameter limit: nil: as long as it takes, or until the caller is cancelled.
    /// - Returns: nil when the limit has passed or the caller was cancelled.
    func call<Value: Sendable>(
        within limit: Duration?,
        _ operation: @escaping @Sendable () async -> Value
    ) async -> Value? {
        guard self.abandonedCount < Self.abandonedLimit else { return nil }
        let race = Race<Value>()
        let task = Task {
            let value = await operation()
            if race.operationEnded(value) == .late {
                self.abandoned.withLock { $0 -= 1 }
            }
        }
        let giveUp: @Sendable () -> Void = {
            if race.giveUp() {
                self.abandoned.withLock { $0 += 1 }
                task.cancel()
            }
        }
        let alarm = limit.map { self.alarms.set(at: self.environment.now().advanced(by: $0), giveUp) }
        let value = await withTaskCancellationHandler {
            await race.value()
        } onCancel: {
            giveUp()
        }
        if let alarm {
            self.alarms.cancel(alarm)
        }
        return value
    }
}

/// Who ends first: the operation or its limit.
private final class Race<Value: Sendable>: Sendable {
    enum End {
        case inTime, late
    }

    private enum State {
        case open
        case waiting(CheckedContinuation<Value?, Never>)
        case ended(Value?)
    }

    private let state = Locked(State.open)

    func value() async -> Value? {
        await withCheckedContinuation { continuation in
            let ended: Value?? = self.state.withLock { state in
                switch state {
                case .open, .waiting:
                    state = .waiting(continuation)
                    return nil
                case .ended(let value):
                    return .some(value)
                }
            }
            if let ended {
                continuation.resume(returning: ended)
            }
        }
    }

    func operationEnded(_ value: Value) -> End {
        self.end(value) ? .inTime : .late
    }

    /// - Returns: false when the operation ended first.
    func giveUp() -> Bool {
        self.end(nil)
    }

    private func end(_ value: Value?) -> Bool {
        let (isFirst, waiter): (Bool, CheckedContinuation<Value?, Never>?) = self.state.withLock { state in
            switch state {
            case .open:
                state = .ended(value)
                return (true, nil)
            case .waiting(let continuation):
                state = .ended(value)
                return (true, continuation)
            case .ended:
                return (false, nil)
            }
        }
        waiter?.resume(returning: value)
        return isFirst
    }
}
