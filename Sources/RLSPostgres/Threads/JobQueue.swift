// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore

/// Work that waits for a connection.
struct Job: Sendable {
    let id: UInt64
    /// List dialogs that it writes: jobs that write the same one run in the order in which they came.
    let dialogs: DialogOrder
    let run: @Sendable (WorkerConnection) -> Void
    let fail: @Sendable (any Error) -> Void
}

/// Jobs in the order in which they came, for several threads.
final class JobQueue: Sendable {
    private struct State {
        var waiting: [Job] = []
        /// Dialogs of the jobs that run, by their ids.
        var running: [UInt64: DialogOrder] = [:]
        var lastID: UInt64 = 0
        var isClosed = false
    }

    private let state = Monitor(State())

    func makeID() -> UInt64 {
        self.state.withLock { state in
            state.lastID &+= 1
            return state.lastID
        }
    }

    func append(_ job: Job) {
        let isOpen = self.state.change { state in
            guard !state.isClosed else { return false }
            state.waiting.append(job)
            return true
        }
        if !isOpen {
            job.fail(PostgresError(.closed, "the store has been shut down"))
        }
    }

    /// Takes a job back that has not begun.
    func cancel(_ id: UInt64) {
        let job = self.state.withLock { state -> Job? in
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiting.remove(at: index)
        }
        job?.fail(CancellationError())
    }

    /// Blocks until there is a job that may run now.
    ///
    /// - Returns: nil when the queue was closed.
    func next() -> Job? {
        self.state.wait { state -> Job?? in
            if state.isClosed { return .some(nil) }
            // Dialogs of the jobs that wait for others; mostly there are none.
            var blocked: [DialogOrder] = []
            for (index, job) in state.waiting.enumerated() {
                if blocked.allSatisfy(job.dialogs.isDisjoint(with:)),
                    state.running.values.allSatisfy(job.dialogs.isDisjoint(with:))
                {
                    state.waiting.remove(at: index)
                    state.running[job.id] = job.dialogs
                    return job
                }
                blocked.append(job.dialogs)
            }
            return nil
        }
    }

    /// A job that ``next()`` gave has ended.
    func finished(_ job: Job) {
        self.state.change { $0.running[job.id] = nil }
    }

    func close() {
        let jobs = self.state.change { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for job in jobs {
            job.fail(PostgresError(.closed, "the store has been shut down"))
        }
    }
}
#endif
