// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension RLSEngine {
    /// Begins an orderly end. Back-end subscriptions are unsubscribed at the paced rate.
    ///
    /// - `.endDialogs`: each watcher gets a last NOTIFY with `deactivated` and subscribes again elsewhere. This call and
    ///   each ``handleTimeout(now:)`` that follows end some dialogs; ``nextDeadline`` is due until all are ended.
    /// - `.keepDialogs`: the dialogs stay in the store, watchers are told nothing.
    public mutating func beginDrain(_ mode: RLSShutdown, now: RLSInstant) -> [RLSAction] {
        guard self.drain == nil else { return [] }
        self.drain = mode
        var actions: [RLSAction] = []
        if mode == .keepDialogs {
            // Before the rows go: what the next run may show at once.
            self.saving.clean =
                self.takeChanges(includingStates: true, now: now, limit: .max) + self.cleanRecords(now: now)
        }
        switch mode {
        case .endDialogs:
            self.ending = DialogSweep(begun: now)
            self.endSome(now: now, &actions)
        case .keepDialogs:
            for dialog in self.dialogs.all {
                self.suspend(dialog, now: now)
            }
        }
        self.sendPaced(limit: self.configuration.backendBurst, now: now, &actions)
        return actions
    }

    /// What `.keepDialogs` wants written: the last states, and all living dialogs with exact numbers, so that the stored
    /// states may be shown at once after the restart. Taken once, after ``beginDrain(_:now:)``.
    public mutating func takeCleanRecords() -> [RLSRecordChange] {
        defer { self.saving.clean = [] }
        return self.saving.clean
    }

    /// Whether nothing is left to be said to anybody.
    public var isDrained: Bool {
        guard let mode = self.drain else { return false }
        switch mode {
        case .endDialogs: return self.ending == nil && self.dialogs.count == self.dialogs.dormantCount
        case .keepDialogs: return self.backends.count == 0
        }
    }

    /// The next dialogs of an orderly end, as many as take about five milliseconds.
    mutating func endSome(now: RLSInstant, _ actions: inout [RLSAction]) {
        guard var sweep = self.ending else { return }
        var work = 0
        while work < DialogSweep.workOfStep {
            guard sweep.next < self.dialogs.slotLimit else {
                self.ending = nil
                return
            }
            if let dialog = self.dialogs[sweep.next] {
                work += DialogSweep.workOfDialog + dialog.rows.count
                // One whose first SUBSCRIBE is not answered yet is told after its 200.
                self.end(dialog, reason: "deactivated", now: now, &actions)
            }
            sweep.next += 1
        }
        self.ending = sweep
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
    /// Rows and dialogs of a step: a last NOTIFY writes each row, and each begins its unsubscribe.
    static let workOfStep = 2_000
    /// A dialog costs as much as so many rows.
    static let workOfDialog = 20

    /// Due until all is done.
    let begun: RLSInstant
    var next: UInt32 = 0

    init(begun: RLSInstant) {
        self.begun = begun
    }
}
