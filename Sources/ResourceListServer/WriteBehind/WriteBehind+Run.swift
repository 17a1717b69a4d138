// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

extension WriteBehind {
    fileprivate struct Batch {
        /// What is written behind, kept to be put back when the store fails.
        var pending: PendingChanges
        var changes: [RLSRecordChange]
        /// The commit of a dialog in this batch.
        var commits: [RLSDialogKey: WaitingCommit.ID]
        /// Whether states that can wait may be among the changes.
        var hasStates = false
    }

    /// Writes until its task is cancelled.
    func run() async {
        while !Task.isCancelled {
            guard let batch = self.makeBatch() else {
                await self.shards.storeSignal.wait()
                continue
            }
            let begin = self.now
            let result = await self.calls.call(within: nil) { [store = self.store, changes = batch.changes] in
                await Self.write(changes, to: store)
            }
            switch result {
            case .success(let rejections)?:
                self.written(batch, rejections)
                if batch.hasStates { self.leaveAlone(since: begin) }
            case .failure(let error)?:
                let pause = self.failed(batch, error)
                await self.alarms.sleep(until: self.now.advanced(by: pause))
            case nil:
                // Stopped, and a store that does not heed cancellation is left behind.
                break
            }
        }
    }

    /// Gives everybody up who waits; whoever comes later is given up at once.
    func close() {
        let commits = self.state.withLock { state in
            state.isClosed = true
            defer {
                state.waiting = [:]
                state.running = [:]
            }
            let waiting = state.waiting.sorted { $0.key.number < $1.key.number }
            let running = state.running.sorted { $0.key.number < $1.key.number }
            return waiting.map { ($0.value, false) } + running.map { ($0.value, true) }
        }
        for (commit, mayLand) in commits {
            self.settle(commit, .givenUp(mayLand: mayLand))
        }
        for waiter in self.state.withLock({ $0.takeIdleWaiters() }) {
            waiter.set()
        }
    }

    /// Waits until everything there is has been written, or the writer has been closed.
    func flush() async {
        let now = self.now
        self.state.withLock { state in
            state.states.begin(now: now)
            state.states.hurry()
            state.isPendingDue = true
        }
        let isIdle = Signal()
        let isClosed = self.state.withLock { state in
            state.idleWaiters.append(isIdle)
            return state.isClosed
        }
        guard !isClosed else { return }
        self.shards.storeSignal.set()
        await isIdle.wait()
    }

    /// The next batch; nil when nothing has to be written now.
    private func makeBatch() -> Batch? {
        let now = self.now
        let (includesStates, room) = self.state.withLock { state in
            // What a store that is away has not taken leaves no room for more.
            (state.states.isOpen(now: now), state.isLost && !state.pending.isEmpty ? 0 : Self.batchLimit)
        }
        // Engines first, commits second: what an engine has of a dialog is older than its waiting commit, and the record
        // that follows a commit given up from here on is taken with the next batch, behind it.
        let taken = self.takeChanges(includingStates: includesStates, limit: room)
        let (batch, idle) = self.state.withLock { state -> (Batch?, [Signal]) in
            if taken > 0 {
                state.isPendingDue = true
            }
            if includesStates, taken < room {
                state.states.end()
            }
            let isPendingDue = state.isPendingDue && !state.pending.isEmpty
            guard isPendingDue || !state.waiting.isEmpty else {
                state.isPendingDue = false
                let isIdle = state.pending.isEmpty && !state.states.isDue
                return (nil, isIdle ? state.takeIdleWaiters() : [])
            }
            var batch = state.takeBatch()
            batch.hasStates = includesStates
            return (batch, [])
        }
        for waiter in idle {
            waiter.set()
        }
        return batch
    }

    /// Moves changes from the engines to `pending`.
    ///
    /// - Returns: how many; there may be more when it is not less than `limit`.
    private func takeChanges(includingStates: Bool, limit: Int) -> Int {
        var count = 0
        for shard in 0..<self.shards.count where count < limit {
            let left = limit - count
            count += self.shards.handleRecords(shard) { shard, now in
                let changes = shard.engine.takeChanges(includingStates: includingStates, now: now, limit: left)
                _ = self.append(changes)
                return changes.count
            }
        }
        return count
    }

    /// Pauses between batches of states; everything else goes on.
    private func leaveAlone(since begin: RLSInstant) {
        let now = self.now
        let resumes = self.state.withLock { state in
            state.states.wrote(since: begin, now: now, isHurried: !state.idleWaiters.isEmpty)
        }
        guard let resumes else { return }
        self.alarms.set(at: resumes) { self.shards.storeSignal.set() }
    }

    private static func write(
        _ changes: [RLSRecordChange],
        to store: any RLSStore
    ) async -> Result<[RLSRejection], any Error> {
        do {
            return .success(try await store.commit(changes))
        } catch {
            return .failure(error)
        }
    }

    private func written(_ batch: Batch, _ rejections: [RLSRejection]) {
        let (commits, isBack) = self.state.withLock { state in
            defer {
                state.running = [:]
                state.isLost = false
                state.pause = Self.firstPause
            }
            return (state.running, state.isLost)
        }
        if isBack {
            self.shards.reporter.report(RLSEvent(.storeBack))
        }
        var refused: Set<WaitingCommit.ID> = []
        var stale = PendingChanges()
        for rejection in rejections {
            guard batch.changes.indices.contains(rejection.index) else { continue }
            let change = batch.changes[rejection.index]
            self.shards.reporter.report(
                RLSEvent(.recordRejected, subject: change.dialog.callID, detail: rejection.reason)
            )
            switch change {
            case .putDialog, .deleteDialog:
                if let commit = batch.commits[change.dialog] {
                    refused.insert(commit)
                }
            case .putState(let record, known: _):
                // The store may have an earlier one, and the record of a clean stop would say that the watcher saw it last.
                stale.append(.deleteState(record.dialog, resourceURI: record.resourceURI))
            case .deleteState:
                break
            }
        }
        if !stale.isEmpty {
            self.state.withLock { state in
                state.pending.prepend(stale)
                state.isPendingDue = true
            }
            self.shards.storeSignal.set()
        }
        // In the order in which they came.
        for (id, commit) in commits.sorted(by: { $0.key.number < $1.key.number }) {
            let result = refused.contains(id) ? CommitResult.rejected : .written
            self.settle(commit, result)
        }
    }

    /// - Returns: how long to leave the store alone.
    private func failed(_ batch: Batch, _ error: any Error) -> Duration {
        let (commits, isNewlyLost, pause) = self.state.withLock { state in
            // The contract of a store: it throws when nothing was written.
            state.pending.prepend(batch.pending)
            state.isPendingDue = true
            defer {
                state.running = [:]
                state.isLost = true
                state.pause = min(state.pause * 2, Self.longestPause)
            }
            return (state.running, !state.isLost, state.pause)
        }
        if isNewlyLost {
            self.shards.reporter.report(RLSEvent(.storeLost, detail: String(describing: error)))
        }
        for (_, commit) in commits.sorted(by: { $0.key.number < $1.key.number }) {
            self.settle(commit, .failed)
        }
        return pause
    }
}

extension WriteBehind.State {
    fileprivate mutating func takeIdleWaiters() -> [Signal] {
        defer { self.idleWaiters = [] }
        return self.idleWaiters
    }

    /// Joins waiting commits with what is written behind; of one dialog both go in the same batch, the commit last.
    fileprivate mutating func takeBatch() -> WriteBehind.Batch {
        var commits: [(id: WaitingCommit.ID, commit: WaitingCommit)] = []
        var used = 0
        while used < self.order.count, commits.count < WriteBehind.batchLimit {
            let id = self.order[used]
            used += 1
            if let commit = self.waiting.removeValue(forKey: id) {
                commits.append((id, commit))
            }
        }
        self.order.removeFirst(used)
        let pending = self.pending.take(limit: WriteBehind.batchLimit, including: commits.compactMap(\.commit.dialog))
        self.isPendingDue = !self.pending.isEmpty && self.isPendingDue
        var all = pending
        var owners: [RLSDialogKey: WaitingCommit.ID] = [:]
        for (id, commit) in commits {
            self.running[id] = commit
            all.append(commit.changes)
            if let dialog = commit.dialog {
                owners[dialog] = id
            }
        }
        return WriteBehind.Batch(pending: pending, changes: all.batch, commits: owners)
    }
}
