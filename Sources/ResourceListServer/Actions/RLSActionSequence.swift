// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore

/// What timers, list changes and restarts want done, in batches: `RLSServer.actions`.
///
/// It has one consumer, which executes a batch before it takes the next. The engines are asked for more when the last
/// batch was taken; deadlines meanwhile stay due, and nothing is dropped. It ends when `RLSServer.run()` has ended.
public struct RLSActionSequence: AsyncSequence, Sendable {
    /// A batch, never empty.
    public typealias Element = [RLSAction]
    /// It does not fail.
    public typealias Failure = Never

    let queue: ActionQueue

    /// Takes batches one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let queue: ActionQueue

        /// The next batch, never empty; nil at the end, or when the task is cancelled.
        public mutating func next() async -> [RLSAction]? {
            await self.queue.next()
        }

        /// The next batch, never empty; nil at the end, or when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> [RLSAction]? {
            await self.queue.next()
        }
    }

    /// The iterator of the one consumer.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(queue: self.queue)
    }
}
