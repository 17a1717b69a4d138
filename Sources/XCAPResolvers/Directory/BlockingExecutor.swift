// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import Dispatch

/// Runs an actor on a thread of its own, so that its blocking calls hold up no thread of Swift's shared pool.
final class BlockingExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) {
        self.queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.queue.async {
            job.runSynchronously(on: self.asUnownedSerialExecutor())
        }
    }
}
