// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// What is being done with a list dialog, one thing at a time: a SUBSCRIBE, or waking it up; and what waits for its end.
struct DialogWork {
    private enum Step {
        case none
        /// Plugs are being asked.
        case handling
        /// The store is being asked: nothing is sent meanwhile.
        case committing(PendingCommit)
    }

    /// What came while the store was asked. Seldom there, so it does not lie in the dialog.
    final class Deferred {
        fileprivate(set) var outcomes: [(sequence: UInt32, outcome: RLSTransactionOutcome)] = []
        fileprivate(set) var endReason: String?
        fileprivate var turns: [BackendRow.Reference] = []
    }

    private var step = Step.none
    /// A second SUBSCRIBE waits for the first.
    private(set) var hasWaiter = false
    /// A list change came while it could not be acted on.
    var wantsRecheck = false
    private var deferred: Deferred?

    var isBusy: Bool {
        switch self.step {
        case .none: false
        case .handling, .committing: true
        }
    }

    var isCommitting: Bool {
        switch self.step {
        case .none, .handling: false
        case .committing: true
        }
    }

    /// Plugs are about to be asked.
    mutating func begin() {
        self.step = .handling
        self.hasWaiter = false
    }

    /// A SUBSCRIBE is to wait until this one is done.
    mutating func addWaiter() {
        self.hasWaiter = true
    }

    /// The store is about to be asked.
    mutating func commit(_ change: PendingCommit) {
        self.step = .committing(change)
    }

    /// Done without a change.
    mutating func finish() {
        self.step = .none
    }

    /// The store has answered.
    ///
    /// - Returns: the change that waited for it; nil when none did.
    mutating func takeCommit() -> PendingCommit? {
        guard case .committing(let change) = self.step else { return nil }
        self.step = .none
        return change
    }

    // MARK: What came meanwhile

    mutating func `defer`(outcome: RLSTransactionOutcome, of sequence: UInt32) {
        self.whatCame().outcomes.append((sequence, outcome))
    }

    /// The subscription is to end; the first reason counts.
    mutating func `defer`(end reason: String) {
        let deferred = self.whatCame()
        deferred.endReason = deferred.endReason ?? reason
    }

    /// The turn of a row to send came.
    mutating func `defer`(turn: BackendRow.Reference) {
        self.whatCame().turns.append(turn)
    }

    /// Of the NOTIFY with this number, what came first counts.
    func deferredOutcome(of sequence: UInt32) -> RLSTransactionOutcome? {
        self.deferred?.outcomes.first { $0.sequence == sequence }?.outcome
    }

    mutating func takeTurns() -> [BackendRow.Reference] {
        defer { self.deferred?.turns = [] }
        return self.deferred?.turns ?? []
    }

    mutating func takeDeferred() -> Deferred? {
        defer { self.deferred = nil }
        return self.deferred
    }

    private mutating func whatCame() -> Deferred {
        let deferred = self.deferred ?? Deferred()
        self.deferred = deferred
        return deferred
    }
}

/// A change of a list dialog that waits for the store: prepared, invisible outside, confirmed or aborted later.
///
/// Seldom there, and large, so it does not lie in the dialog.
indirect enum PendingCommit {
    /// The first SUBSCRIBE.
    case initial(RLSSubscribe, verdict: RLSAuthorization, list: RLSResolvedList?)
    /// A refresh or an unsubscribe.
    case refresh(PendingRefresh)
    /// A restored dialog wakes up.
    case wake(RLSResolvedList?, verdict: RLSAuthorization)
}

/// What a refresh changes when it is confirmed.
struct PendingRefresh {
    enum Result {
        case goesOn(verdict: RLSAuthorization?, list: RLSResolvedList?, service: RLSListService?)
        /// - Parameter list: what a dialog that was dormant until now shows in its last NOTIFY.
        case ends(reason: String, list: RLSResolvedList?)
    }

    var subscribe: RLSSubscribe
    var granted: UInt32
    var result: Result
    /// The dialog was dormant until now.
    var wakes: Bool
}
