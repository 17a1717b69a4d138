// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// The only writer to the store: one batch at a time, so no two commits of a list dialog ever run together.
///
/// While a batch is being written, commits gather and go together in the next one (group commit), with the changes that
/// are written behind. Those are taken from the engines only when a batch is made; what the store refuses to take stays
/// here, coalesced per key. So the memory in use is bounded by what the engines hold, however long the store is away.
final class WriteBehind: Sendable {
    /// About so many changes make a batch.
    static let batchLimit = 500
    static let firstPause = Duration.milliseconds(250)
    static let longestPause = Duration.seconds(10)

    struct State {
        /// Written behind.
        var pending = PendingChanges()
        /// Whether `pending` is to be written without waiting for more.
        var isPendingDue = false
        var states: StateFlush
        var waiting: [WaitingCommit.ID: WaitingCommit] = [:]
        /// IDs of waiting commits, oldest first; some may have been given up.
        var order: [WaitingCommit.ID] = []
        /// Commits of the batch that is being written and have not been given up.
        var running: [WaitingCommit.ID: WaitingCommit] = [:]
        var lastNumber: UInt64 = 0
        var isLost = false
        var isClosed = false
        var pause = WriteBehind.firstPause
        /// Told when there is nothing left to write.
        var idleWaiters: [Signal] = []

        init(_ configuration: RLSConfiguration) {
            self.states = StateFlush(interval: configuration.stateFlushInterval)
        }
    }

    let store: any RLSStore
    let shards: ShardSet
    let alarms: Alarms
    let calls: PlugCalls
    let state: Locked<State>

    init(store: any RLSStore, shards: ShardSet, alarms: Alarms) {
        self.store = store
        self.shards = shards
        self.alarms = alarms
        self.state = Locked(State(shards.configuration))
        self.calls = PlugCalls(alarms: alarms, environment: shards.environment)
    }

    // MARK: Giving

    /// Stores the changes of a prepared SUBSCRIBE, then confirms or aborts it; at the time limit it is aborted.
    func commit(_ ticket: RLSCommitTicket, _ changes: [RLSRecordChange]) async -> [RLSAction] {
        let id = self.state.withLock { state in
            state.lastNumber &+= 1
            return WaitingCommit.ID(number: state.lastNumber)
        }
        let limit = self.now.advanced(by: self.shards.configuration.storeTimeout)
        let alarm = self.alarms.set(at: limit) { self.giveUp(id) }
        let actions = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let commit = WaitingCommit(ticket: ticket, changes: changes, continuation: continuation)
                let isClosed = self.state.withLock { state in
                    state.waiting[id] = commit
                    state.order.append(id)
                    return state.isClosed
                }
                if isClosed || Task.isCancelled {
                    self.giveUp(id)
                } else {
                    self.shards.storeSignal.set()
                }
            }
        } onCancel: {
            self.giveUp(id)
        }
        self.alarms.cancel(alarm)
        return actions
    }

    /// Adds changes that are written behind. Called under the lock of their shard, so that the changes of a dialog come
    /// in the order in which they happened; the lock of the writer is always the inner one.
    ///
    /// - Returns: whether nothing waited before, so that ``flush(within:)`` has to follow outside the locks.
    func append(_ changes: [RLSRecordChange]) -> Bool {
        self.state.withLock { state in
            defer { state.pending.append(changes) }
            return state.pending.isEmpty
        }
    }

    /// Writes what waits now within `interval`.
    func flush(within interval: Duration) {
        self.alarms.set(at: self.now.advanced(by: interval)) { self.flushPending() }
    }

    /// Writes all changed states, too.
    func flushStates() {
        let now = self.now
        self.state.withLock { $0.states.begin(now: now) }
        self.shards.storeSignal.set()
    }

    private func flushPending() {
        self.state.withLock { $0.isPendingDue = true }
        self.shards.storeSignal.set()
    }

    /// Ends a commit; the caller has taken it out of the state, so nobody else does.
    func settle(_ commit: WaitingCommit, _ result: CommitResult) {
        self.shards.settle(commit.ticket, result) { commit.continuation.resume(returning: $0) }
    }

    var now: RLSInstant { self.shards.environment.now() }

    private func giveUp(_ id: WaitingCommit.ID) {
        let (commit, mayLand, isNewlyLost) = self.state.withLock { state -> (WaitingCommit?, Bool, Bool) in
            if let commit = state.waiting.removeValue(forKey: id) {
                return (commit, false, false)
            }
            guard let commit = state.running.removeValue(forKey: id) else { return (nil, false, false) }
            defer { state.isLost = true }
            return (commit, true, !state.isLost && !state.isClosed)
        }
        guard let commit else { return }
        if isNewlyLost {
            self.shards.reporter.report(RLSEvent(.storeLost, detail: "no answer within the time limit"))
        }
        self.settle(commit, .givenUp(mayLand: mayLand))
    }
}
