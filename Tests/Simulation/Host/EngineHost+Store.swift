// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit

extension EngineHost {
    /// Puts a batch into the store's queue. A SUBSCRIBE waits `storeTimeout` for it.
    func write(_ changes: [RLSRecordChange], _ commit: SimulatedStore.Commit?) {
        guard commit != nil || !changes.isEmpty else { return }
        if let commit {
            guard !changes.isEmpty else { return self.confirm(commit) }
            self.world.commitBegan(changes.map(\.dialog))
        }
        let job = self.world.store.enqueue(changes, commit)
        if commit != nil {
            self.later(.commitTimeout(job), in: 2000)
        }
        self.startNext()
    }

    private func startNext() {
        guard let job = self.world.store.jobs.first, !job.isRunning else { return }
        self.world.store.jobs[0].isRunning = true
        self.later(.storeDone(job.id), in: self.world.storeDelay())
    }

    func storeDone(_ id: Int) {
        guard let job = self.world.store.jobs.first, job.id == id else { return }
        if self.world.store.isDown {
            if let commit = job.commit, !job.isGivenUp {
                self.world.store.jobs.removeFirst()
                self.abort(commit, job, mayLand: false)
            } else if job.commit != nil {
                self.world.store.jobs.removeFirst()
            } else {
                // Written behind: tried again until it works.
                self.later(.storeDone(id), in: 500)
                return
            }
        } else {
            self.world.store.jobs.removeFirst()
            let isAwaited = job.commit != nil && !job.isGivenUp
            let rejected = job.changes.filter { self.world.rejects($0, isAwaited: isAwaited) }
            self.world.store.apply(job.changes.filter { !rejected.contains($0) })
            self.forget(rejected)
            if let commit = job.commit, !job.isGivenUp {
                if rejected.isEmpty { self.confirm(commit, job) } else { self.abort(commit, job, status: 500) }
            }
        }
        self.startNext()
    }

    /// A state that was refused must not leave an earlier one behind.
    private func forget(_ rejected: [RLSRecordChange]) {
        let stale = rejected.compactMap { change -> RLSRecordChange? in
            guard case .putState(let record, known: _) = change else { return nil }
            return .deleteState(record.dialog, resourceURI: record.resourceURI)
        }
        if !stale.isEmpty { self.world.store.enqueueFirst(stale) }
    }

    /// The SUBSCRIBE has waited long enough.
    func giveUp(_ id: Int) {
        guard let index = self.world.store.jobs.firstIndex(where: { $0.id == id }) else { return }
        let job = self.world.store.jobs[index]
        guard let commit = job.commit, !job.isGivenUp else { return }
        if job.isRunning {
            self.world.store.jobs[index].isGivenUp = true
        } else {
            self.world.store.jobs.remove(at: index)
        }
        self.abort(commit, job, mayLand: job.isRunning)
    }

    private func confirm(_ commit: SimulatedStore.Commit, _ job: SimulatedStore.Job? = nil) {
        self.free(job)
        self.call(self.shards[commit.ticket.dialog.shardIndex], transaction: commit.transaction) {
            $0.confirm(commit.ticket, now: self.world.now)
        }
        self.handlingEnded(commit.ticket.dialog)
    }

    private func abort(
        _ commit: SimulatedStore.Commit,
        _ job: SimulatedStore.Job,
        status: Int = 503,
        mayLand: Bool = false
    ) {
        self.free(job)
        self.call(self.shards[commit.ticket.dialog.shardIndex], transaction: commit.transaction) {
            $0.abort(commit.ticket, status: status, mayLand: mayLand, now: self.world.now)
        }
        self.handlingEnded(commit.ticket.dialog)
    }

    private func free(_ job: SimulatedStore.Job?) {
        for change in job?.changes ?? [] { self.world.committing.remove(change.dialog) }
    }
}
