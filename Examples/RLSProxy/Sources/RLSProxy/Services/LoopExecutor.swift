// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore

/// Runs Swift tasks on an event loop.
///
/// What such a task sends leaves from the thread that it runs on: no other thread has to be woken, which costs more than
/// a SIP request. It must not block.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.loop.execute {
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }
}
