// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// Batches on their way to the consumer of `actions`, in order.
///
/// Bounded by pull: who makes batches waits for the queue to be empty before it makes the next one, so it holds at most
/// one batch per producer. Nothing is dropped.
final class ActionQueue: Sendable {
    private struct Batch {
        var actions: [RLSAction]
        var since: RLSInstant
    }

    private struct State {
        var batches: [Batch] = []
        var consumer: CheckedContinuation<[RLSAction]?, Never>?
        var producers: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastProducer: UInt64 = 0
        var isFinished = false

        mutating func takeConsumer() -> CheckedContinuation<[RLSAction]?, Never>? {
            defer { self.consumer = nil }
            return self.consumer
        }

        mutating func takeProducers() -> [CheckedContinuation<Void, Never>] {
            defer { self.producers = [:] }
            // In the order in which they came.
            return self.producers.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private let state = Locked(State())
    private let isEmptied: @Sendable () -> Void

    /// - Parameter isEmptied: told when the last batch was taken.
    init(isEmptied: @escaping @Sendable () -> Void) {
        self.isEmptied = isEmptied
    }

    /// Hands a batch over. Empty ones, and those that come after the end, are left out.
    func append(_ actions: [RLSAction], now: RLSInstant) {
        guard !actions.isEmpty else { return }
        let consumer = self.state.withLock { state -> CheckedContinuation<[RLSAction]?, Never>? in
            guard !state.isFinished else { return nil }
            if let consumer = state.takeConsumer() {
                return consumer
            }
            state.batches.append(Batch(actions: actions, since: now))
            return nil
        }
        consumer?.resume(returning: actions)
    }

    /// Since when the oldest batch has been waiting; nil when there is none.
    var waitingSince: RLSInstant? {
        self.state.withLock { $0.batches.first?.since }
    }

    /// Waits until all batches have been taken, or the task is cancelled.
    func untilEmpty() async {
        let id = self.state.withLock { state in
            state.lastProducer &+= 1
            return state.lastProducer
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isEmpty = self.state.withLock { state in
                    guard !state.batches.isEmpty, !Task.isCancelled else { return true }
                    state.producers[id] = continuation
                    return false
                }
                if isEmpty {
                    continuation.resume()
                }
            }
        } onCancel: {
            self.state.withLock { $0.producers.removeValue(forKey: id) }?.resume()
        }
    }

    /// Nothing more comes; what is there can still be taken.
    func finish() {
        let (consumer, producers) = self.state.withLock { state in
            state.isFinished = true
            return (state.takeConsumer(), state.takeProducers())
        }
        consumer?.resume(returning: nil)
        for producer in producers {
            producer.resume()
        }
    }

    /// The next batch; nil at the end or when the task is cancelled.
    func next() async -> [RLSAction]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.take(for: continuation)
            }
        } onCancel: {
            self.state.withLock { $0.takeConsumer() }?.resume(returning: nil)
        }
    }

    private enum Taken {
        case batch([RLSAction], producers: [CheckedContinuation<Void, Never>]?)
        case end
        case waiting
        case secondConsumer
    }

    private func take(for continuation: CheckedContinuation<[RLSAction]?, Never>) {
        let taken = self.state.withLock { state -> Taken in
            if !state.batches.isEmpty {
                let batch = state.batches.removeFirst()
                return .batch(batch.actions, producers: state.batches.isEmpty ? state.takeProducers() : nil)
            }
            guard !state.isFinished, !Task.isCancelled else { return .end }
            guard state.consumer == nil else { return .secondConsumer }
            state.consumer = continuation
            return .waiting
        }
        switch taken {
        case .batch(let actions, let producers):
            continuation.resume(returning: actions)
            guard let producers else { return }
            for producer in producers {
                producer.resume()
            }
            self.isEmptied()
        case .end:
            continuation.resume(returning: nil)
        case .waiting:
            break
        case .secondConsumer:
            // The order of a dialog's requests would be lost between two of them.
            preconditionFailure("RLSServer.actions has one consumer")
        }
    }
}
