// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// Ends a list subscription and tells the watcher with a last NOTIFY (RFC 6665 §4.2.2, R4662-42a).
    mutating func end(_ dialog: ListDialog, reason: String, now: RLSInstant, _ actions: inout [RLSAction]) {
        guard dialog.isAlive else { return }
        guard !dialog.work.isCommitting else {
            dialog.work.defer(end: reason)
            return
        }
        let wasDormant = dialog.state == .dormant
        let showsMembers = dialog.showsMembers
        if wasDormant {
            self.dialogs.woken(dialog)
            // Its last NOTIFY must not use a number again that was used before the restart.
            dialog.numbers.jump()
        }
        self.events.append(RLSEvent(.listEnded, subject: dialog.presentityURI, detail: reason))
        self.forget(dialog)
        dialog.state = .ending(reason: reason)
        // Who is refused is shown nothing any more, not even what changed since the last NOTIFY.
        if !showsMembers || reason == "rejected", !wasDormant, dialog.list != nil {
            self.dropList(of: dialog, now: now)
        }
        // A dormant dialog's members may not be known: its last NOTIFY says so with fullState="false".
        dialog.schedule.ended(isFull: !wasDormant || dialog.list != nil)
        self.endBackends(of: dialog, now: now)
        self.pump(dialog, now: now, &actions)
    }

    /// Ends a list subscription whose watcher is gone or has said that it is over: no last NOTIFY.
    mutating func endSilently(_ dialog: ListDialog, reason: String, now: RLSInstant) {
        switch dialog.state {
        case .preparing, .active, .pending, .hidden, .dormant:
            if dialog.state == .dormant {
                self.dialogs.woken(dialog)
            }
            self.events.append(RLSEvent(.listEnded, subject: dialog.presentityURI, detail: reason))
            self.forget(dialog)
            self.endBackends(of: dialog, now: now)
        case .ending:
            break
        case .over:
            return
        }
        self.finish(dialog)
    }

    /// Nothing more is said to the watcher: only back-ends are still being taken down.
    mutating func finish(_ dialog: ListDialog) {
        dialog.state = .over
        self.dialogTimers.cancel(dialog.slot)
        self.detachRows(of: dialog)
        self.releaseIfEmpty(dialog)
    }

    /// The members are not shown any more: what is kept only for the last NOTIFY goes.
    mutating func detachRows(of dialog: ListDialog) {
        let rows = dialog.rows
        dialog.rows = []
        dialog.list?.release(in: &self.strings)
        dialog.list = nil
        dialog.changed = EntrySet()
        self.strings.release(dialog.welcomeType)
        dialog.welcomeType = .none
        for slot in rows where slot != BackendRow.noEntry {
            self.backends[slot].entry = BackendRow.noEntry
            if self.backends[slot].flags.contains(.finished) {
                self.freeRow(slot, dialog: dialog)
            }
        }
    }

    /// The store, the limits and the document index know the dialog no more.
    private mutating func forget(_ dialog: ListDialog) {
        if self.isPersistent, dialog.isStored {
            self.saving.deletedDialogs.append(.deleteDialog(dialog.key))
        }
        dialog.isStored = false
        self.releaseRestoration(of: dialog)
        self.dialogs.setDocuments([], of: dialog)
        self.dialogs.forgetWatcher(dialog)
    }

    /// All rows leave; the last NOTIFY still shows what they hold.
    private mutating func endBackends(of dialog: ListDialog, now: RLSInstant) {
        for slot in dialog.rows where slot != BackendRow.noEntry {
            dialog.leavingRows += 1
            self.backends[slot].flags.remove([.unsaved, .stored])
            self.endBackend(slot, dialog: dialog, now: now)
        }
    }

    /// Frees an ended dialog when the watcher has been told and all its back-ends are gone.
    mutating func releaseIfEmpty(_ dialog: ListDialog) {
        guard dialog.state == .over, dialog.leavingRows == 0, self.dialogs[dialog.slot] === dialog else { return }
        self.dialogTimers.cancel(dialog.slot)
        self.dialogs.remove(dialog)
    }

    /// Whether the watcher has answered the NOTIFY in flight, while the store was asked, with a status that ends the
    /// subscription.
    func watcherEndedMeanwhile(_ dialog: ListDialog) -> Bool {
        guard let flight = dialog.schedule.flight,
            case .response(let response) = dialog.work.deferredOutcome(of: flight.sequence)
        else { return false }
        return FailureMapping.endsUsage(FailureMapping.normalized(response.statusCode))
    }

    /// What came while the dialog waited for the store.
    mutating func actOnDeferred(_ dialog: ListDialog, now: RLSInstant, _ actions: inout [RLSAction]) {
        let deferred = dialog.work.takeDeferred()
        for (sequence, outcome) in deferred?.outcomes ?? [] {
            self.notifyFinished(dialog, sequence: sequence, outcome, now: now, &actions)
        }
        if let reason = deferred?.endReason ?? (self.drain == .endDialogs ? "deactivated" : nil) {
            self.end(dialog, reason: reason, now: now, &actions)
        } else if dialog.isAlive, dialog.expires <= now {
            // R6665-31: the time ran out while the store was asked.
            self.end(dialog, reason: "timeout", now: now, &actions)
        }
        guard dialog.isAlive || dialog.schedule.deadline != nil else { return }
        self.pump(dialog, now: now, &actions)
    }
}
