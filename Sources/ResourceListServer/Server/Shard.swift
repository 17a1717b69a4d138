// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// One part of the server: an engine and the SUBSCRIBEs that wait for their turn in one of its dialogs.
struct Shard: ~Copyable {
    /// A SUBSCRIBE that came while another one of its dialog was being handled.
    struct Waiter {
        var subscribe: RLSSubscribe
        var continuation: CheckedContinuation<Turn, Never>
    }

    /// Whose turn has come, with its continuation: resumed outside the lock.
    struct CalledWaiter: Sendable {
        var turn: Turn
        var continuation: CheckedContinuation<Turn, Never>
    }

    /// What a SUBSCRIBE finds when its turn has come.
    enum Turn: Sendable {
        case answer([RLSAction])
        case proceed(RLSDialogTicket)
    }

    var engine: RLSEngine
    var waiters: [RLSDialogID: Waiter] = [:]
    private var latest: RLSInstant

    init(
        _ index: Int,
        of count: Int,
        _ configuration: RLSConfiguration,
        seed: RLSSeed,
        now: RLSInstant,
        isPersistent: Bool
    ) {
        self.engine = RLSEngine(configuration: configuration, shard: index, shardCount: count, seed: seed, now: now)
        self.engine.isPersistent = isPersistent
        self.latest = now
    }

    /// Clocks are read before the lock is taken, so two events may come in the other order: time never runs backwards.
    mutating func advance(to now: RLSInstant) -> RLSInstant {
        self.latest = max(self.latest, now)
        return self.latest
    }

    /// The handling of a dialog has ended.
    mutating func handlingEnded(of dialog: RLSDialogID, now: RLSInstant) -> FollowUp {
        FollowUp(waiter: self.callWaiter(of: dialog, now: now), rechecks: self.engine.dialogsToRecheck())
    }

    /// A SUBSCRIBE that waits begins at once, before any other can.
    private mutating func callWaiter(of dialog: RLSDialogID, now: RLSInstant) -> CalledWaiter? {
        guard let waiter = self.waiters.removeValue(forKey: dialog) else { return nil }
        switch self.engine.beginRefresh(waiter.subscribe, now: now) {
        case .answer(let actions):
            return CalledWaiter(turn: .answer(actions), continuation: waiter.continuation)
        case .proceed(let ticket):
            return CalledWaiter(turn: .proceed(ticket), continuation: waiter.continuation)
        case .wait(let id):
            self.waiters[id] = waiter
            return nil
        }
    }
}

/// What waited for the end of a dialog's handling.
struct FollowUp: Sendable {
    var waiter: Shard.CalledWaiter?
    var rechecks: [RLSDialogTicket]
}

/// What has to be done after the lock of a shard is open again.
struct Aftermath: Sendable {
    var events: [RLSEvent]
    var hasUrgentChanges: Bool
    var deadline: RLSInstant?
    var isDrained: Bool

    init(_ shard: inout Shard) {
        self.events = shard.engine.takeEvents()
        self.hasUrgentChanges = shard.engine.hasUrgentChanges
        self.deadline = shard.engine.nextDeadline
        self.isDrained = shard.engine.isDrained
    }
}
