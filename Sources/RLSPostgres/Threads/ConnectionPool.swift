// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore

/// A few connections, each on its own thread, and one queue of work for all.
final class ConnectionPool: Sendable {
    private let queue = JobQueue()

    init(_ options: PostgresConnectionOptions, connections: Int) {
        for _ in 0..<max(1, connections) {
            OwnThread.start { [queue = self.queue] in
                let connection = WorkerConnection(options)
                while let job = queue.next() {
                    job.run(connection)
                    queue.finished(job)
                }
            }
        }
    }

    deinit {
        self.queue.close()
    }

    /// Ends the threads when what runs is done; what waits fails.
    func close() {
        self.queue.close()
    }

    /// Runs `body` on a connection. When the task is cancelled before it began, it is not run.
    func run<Value: Sendable>(
        dialogs: DialogOrder = DialogOrder(),
        isRepeatable: @escaping @Sendable () -> Bool = { true },
        tablesChanged: @escaping @Sendable () -> Void = {},
        _ body: @escaping @Sendable (PostgresConnection) throws -> Value
    ) async throws -> Value {
        let id = self.queue.makeID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
                let job = Job(
                    id: id,
                    dialogs: dialogs,
                    run: { connection in
                        continuation.resume(
                            with: Result {
                                try connection.perform(
                                    isRepeatable: isRepeatable,
                                    tablesChanged: tablesChanged,
                                    body
                                )
                            }
                        )
                    },
                    fail: { continuation.resume(throwing: $0) }
                )
                self.queue.append(job)
                if Task.isCancelled {
                    self.queue.cancel(id)
                }
            }
        } onCancel: {
            self.queue.cancel(id)
        }
    }
}
#endif
