// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension RLSEngine {
    /// Begins an orderly end. Back-end subscriptions are unsubscribed at the paced rate.
    ///
    /// - `.endDialogs`: each watcher gets a last NOTIFY with `deactivated` and subscribes again elsewhere.
    /// - `.keepDialogs`: the dialogs stay in the store, watchers are told nothing. ``takeChanges(includingStates:now:limit:)``
    ///   gives the last states, then each dialog with exact numbers, so that the stored states may be shown at once after
    ///   the restart.
    ///
    /// This call and each ``handleTimeout(now:)`` that follows do so for some dialogs; ``nextDeadline`` is due until it is done
    /// for all, or until some 20,000 changes wait to be taken. `epochSeconds` has to be set for both.
    public mutating func beginDrain(_ mode: RLSShutdown, now: RLSInstant) -> [RLSAction] {
        guard self.drain == nil else { return [] }
        self.drain = mode
        self.sweep = DialogSweep(mode, begun: now)
        var actions: [RLSAction] = []
        self.sweepSome(now: now, &actions)
        self.sendPaced(limit: self.configuration.backendBurst, now: now, &actions)
        return actions
    }

    /// Whether nothing is left to be said to anybody.
    public var isDrained: Bool {
        guard let mode = self.drain, self.sweep == nil else { return false }
        switch mode {
        case .endDialogs: return self.dialogs.count == self.dialogs.dormantCount
        case .keepDialogs: return self.backends.count == 0
        }
    }

    /// When the orderly end goes on; nil when it does not, or waits for the store.
    var sweepDue: RLSInstant? {
        self.saving.clean.count < DialogSweep.mostChanges ? self.sweep?.begun : nil
    }

    /// The next dialogs of an orderly end, as many as take about five milliseconds.
    mutating func sweepSome(now: RLSInstant, _ actions: inout [RLSAction]) {
        guard self.sweepDue != nil, var sweep = self.sweep else { return }
        var work = 0
        while work < DialogSweep.workOfStep {
            guard sweep.next < self.dialogs.slotLimit else {
                self.sweep = nil
                return
            }
            if let dialog = self.dialogs[sweep.next] {
                work += DialogSweep.workOfDialog + dialog.rows.count
                switch sweep.mode {
                case .endDialogs:
                    // One whose first SUBSCRIBE is not answered yet is told after its 200.
                    self.end(dialog, reason: "deactivated", now: now, &actions)
                case .keepDialogs:
                    // The records first: they are made from the rows.
                    self.saveClean(dialog, now: now)
                    self.suspend(dialog, now: now)
                }
            }
            sweep.next += 1
        }
        self.sweep = sweep
    }

    /// The dialog stays in the store: its back-ends are taken down and nothing more is sent to the watcher.
    private mutating func suspend(_ dialog: ListDialog, now: RLSInstant) {
        self.dialogTimers.cancel(dialog.slot)
        let rows = dialog.rows
        dialog.rows = []
        dialog.changed = EntrySet()
        self.strings.release(dialog.welcomeType)
        dialog.welcomeType = .none
        for slot in rows where slot != BackendRow.noEntry {
            self.backends[slot].entry = BackendRow.noEntry
            dialog.leavingRows += 1
            self.endBackend(slot, dialog: dialog, now: now)
        }
    }
}

/// How far an orderly end has come: all dialogs in the order of their slots, some in each call.
struct DialogSweep {
    /// Rows and dialogs of a step: a last NOTIFY or the last states have each row, and each begins its unsubscribe.
    static let workOfStep = 2_000
    /// A dialog costs as much as so many rows.
    static let workOfDialog = 20
    /// Changes that may wait for the store: some twenty megabytes, whatever the number of dialogs.
    static let mostChanges = 20_000

    let mode: RLSShutdown
    /// Due until all is done.
    let begun: RLSInstant
    var next: UInt32 = 0

    init(_ mode: RLSShutdown, begun: RLSInstant) {
        self.mode = mode
        self.begun = begun
    }
}
