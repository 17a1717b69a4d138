// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSTestKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs tasks one job at a time on the thread that drives the world, so that a run of the real shell is repeatable.
///
/// While ``perform(_:)`` runs, whatever its thread makes ready to run comes here instead of going to the global pool: by
/// the runtime's own hook, because a task executor is not inherited by the unstructured tasks that the shell needs. Of the
/// jobs that are ready the seed chooses the next one: the global pool promises no order.
/// Sendable because it is touched by that one thread only.
final class JobQueue: TaskExecutor, @unchecked Sendable {
    private typealias Original = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

    private var jobs: [UnownedJob] = []
    private var random: SeededGenerator
    private var isRunning = false

    init(seed: UInt64) {
        self.random = SeededGenerator(seed: seed)
        _ = Self.key
    }

    func enqueue(_ job: consuming ExecutorJob) {
        self.jobs.append(UnownedJob(job))
    }

    /// Does something, then runs all jobs until every task waits. Inside of a job it only does it.
    func perform(_ body: () -> Void) {
        guard !self.isRunning else { return body() }
        let outer = pthread_getspecific(Self.key)
        pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
        self.isRunning = true
        body()
        while !self.jobs.isEmpty {
            self.jobs.swapAt(self.random.pick(0...(self.jobs.count - 1)), self.jobs.count - 1)
            self.jobs.removeLast().runSynchronously(on: self.asUnownedTaskExecutor())
        }
        self.isRunning = false
        pthread_setspecific(Self.key, outer)
    }

    /// The queue of a thread, while it performs. The first use sets the hook, for all threads and for ever.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        guard let symbol = dlsym(dlopen(nil, RTLD_LAZY), "swift_task_enqueueGlobal_hook") else {
            preconditionFailure("the concurrency runtime has no hook for its global executor")
        }
        let found = key
        JobQueue.hookKey = found
        symbol.assumingMemoryBound(to: Hook?.self).pointee = { job, original in
            guard let queue = pthread_getspecific(JobQueue.hookKey) else { return original(job) }
            Unmanaged<JobQueue>.fromOpaque(queue).takeUnretainedValue().jobs.append(job)
        }
        return key
    }()

    /// `key` for the hook, which runs while `key` is still being made, too. Written once, before the hook is set.
    nonisolated(unsafe) private static var hookKey = pthread_key_t()
}
