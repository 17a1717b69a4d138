// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// Whether something should be written without waiting for the next flush of states: list dialogs, deletions,
    /// terminated states.
    public var hasUrgentChanges: Bool { self.saving.hasUrgent }

    /// Takes changes for the store, made as of now; `epochSeconds` has to be set.
    ///
    /// - Parameters:
    ///   - includingStates: also states that can wait for `stateFlushInterval`.
    ///   - limit: at most about so many; ask again when it was reached.
    public mutating func takeChanges(includingStates: Bool, now: RLSInstant, limit: Int) -> [RLSRecordChange] {
        var changes = self.saving.deletedStates
        self.saving.deletedStates = []
        var later: [RLSDialogID] = []
        while changes.count < limit, let id = self.saving.dialogs.popFirst() {
            guard let dialog = self.dialog(id), dialog.isInSaveQueue else { continue }
            // A record as of now would be written behind the one that the dialog waits for, and undo it.
            guard !dialog.work.isCommitting else {
                later.append(id)
                continue
            }
            dialog.isInSaveQueue = false
            guard dialog.isStored, dialog.isAlive else { continue }
            changes.append(.putDialog(self.record(of: dialog, status: dialog.storedStatus, now: now), known: true))
        }
        for id in later { self.saving.dialogs.append(id) }
        while changes.count < limit, let entry = self.saving.urgentStates.popFirst() {
            if let change = self.takeState(entry, now: now) { changes.append(change) }
        }
        while includingStates, changes.count < limit, let entry = self.saving.states.popFirst() {
            if let change = self.takeState(entry, now: now) { changes.append(change) }
        }
        while changes.count < limit, let change = self.saving.clean.popFirst() {
            changes.append(change)
        }
        if changes.count < limit {
            changes += self.saving.deletedDialogs
            self.saving.deletedDialogs = []
        }
        return changes
    }

    /// What a clean stop writes of a dialog: its last states, and the numbers that are really in use.
    mutating func saveClean(_ dialog: ListDialog, now: RLSInstant) {
        guard self.isPersistent, dialog.isAlive, dialog.isStored else { return }
        for slot in dialog.rows where slot != BackendRow.noEntry {
            guard let state = self.takeState(self.backends[slot].reference(slot), now: now) else { continue }
            self.saving.clean.append(state)
        }
        // A dormant dialog's states are as old as the last run left them, and its numbers are ceilings still.
        guard !dialog.work.isCommitting, dialog.state != .dormant else { return }
        var record = self.record(of: dialog, status: dialog.storedStatus, now: now)
        record.localCSeq = dialog.numbers.cSeq
        record.version = dialog.numbers.version
        // What the watcher has not been told yet must not be taken as seen.
        record.isClean = dialog.changed.isEmpty && dialog.schedule.flight == nil && !dialog.schedule.needsFull
        for deletion in record.isClean ? self.unconfirmedStates(of: dialog) : [] {
            self.saving.clean.append(deletion)
        }
        self.saving.clean.append(.putDialog(record, known: true))
        dialog.isInSaveQueue = false
    }

    /// Deletions of states that an earlier run has stored and no back-end has confirmed since: they may be older than what the
    /// watcher saw then, and the record is about to say that they are not.
    private func unconfirmedStates(of dialog: ListDialog) -> [RLSRecordChange] {
        dialog.rows.compactMap { slot in
            guard slot != BackendRow.noEntry else { return nil }
            let row = self.backends[slot]
            guard row.flags.contains(.stored), row.instance == .unknown else { return nil }
            return .deleteState(dialog.key, resourceURI: self.strings.text(self.uri(of: slot, in: dialog)))
        }
    }

    func record(of dialog: ListDialog, status: RLSStoredDialog.Status, now: RLSInstant) -> RLSStoredDialog {
        RLSStoredDialog(
            key: dialog.key,
            presentityURI: dialog.presentityURI,
            to: dialog.localURI,
            from: dialog.remoteURI,
            watcher: dialog.watcher.text,
            event: dialog.event,
            eventID: dialog.eventID,
            eventParameters: dialog.eventParameters,
            accept: dialog.accept,
            localCSeq: dialog.numbers.cSeqCeiling,
            remoteCSeq: dialog.remoteCSeq,
            contact: dialog.remoteTarget.text,
            routeSet: dialog.routeSet,
            expires: self.epochOfEnd(of: dialog, now: now),
            status: status,
            version: dialog.numbers.versionCeiling,
            path: dialog.path,
            localContact: String(dialog.localContact.dropFirst().dropLast()),
            isLegacyClient: dialog.isLegacyClient,
            assertsIdentity: dialog.assertsIdentity
        )
    }

    /// Numbers in use have come near the stored ceiling: write a new one.
    mutating func raiseCeilings(of dialog: ListDialog) {
        guard self.isPersistent, dialog.isStored, dialog.numbers.raiseCeilings() else { return }
        self.save(dialog)
    }

    mutating func save(_ dialog: ListDialog) {
        guard self.isPersistent, dialog.isStored, !dialog.isInSaveQueue else { return }
        dialog.isInSaveQueue = true
        self.saving.dialogs.append(self.id(of: dialog))
    }

    /// A deletion may have reached the store although the dialog lives: its states are written again.
    mutating func saveAgain(_ dialog: ListDialog) {
        for slot in dialog.rows where slot != BackendRow.noEntry && self.backends[slot].instance != .unknown {
            self.backends[slot].flags.remove(.stored)
            self.saveState(slot)
        }
    }

    /// The state of a row changed: it is written behind, a terminated one soon.
    mutating func saveState(_ slot: UInt32) {
        guard self.isPersistent else { return }
        self.backends[slot].flags.insert(.unsaved)
        let isUrgent = self.backends[slot].instance == .terminated
        guard isUrgent || !self.backends[slot].flags.contains(.inSaveQueue) else { return }
        let entry = self.backends[slot].reference(slot)
        if isUrgent {
            self.saving.urgentStates.append(entry)
        } else {
            self.backends[slot].flags.insert(.inSaveQueue)
            self.saving.states.append(entry)
        }
    }

    /// The state of a row, if it has not been written yet.
    private mutating func takeState(_ entry: BackendRow.Reference, now: RLSInstant) -> RLSRecordChange? {
        guard self.backends[entry.slot].serial == entry.serial else { return nil }
        self.backends[entry.slot].flags.remove(.inSaveQueue)
        let row = self.backends[entry.slot]
        guard row.flags.contains(.unsaved), let dialog = self.dialogs[row.list], dialog.isAlive, dialog.isStored
        else { return nil }
        let state: RLSStoredState.AuthState
        switch row.instance {
        case .active: state = .active
        case .pending: state = .pending
        case .terminated: state = .terminated
        case .unknown: return nil
        }
        self.backends[entry.slot].flags.remove(.unsaved)
        self.backends[entry.slot].flags.insert(.stored)
        let record = RLSStoredState(
            dialog: dialog.key,
            resourceURI: self.strings.text(self.uri(of: entry.slot, in: dialog)),
            contentType: self.strings.text(row.contentType),
            body: self.bodies[row.body],
            state: state,
            reason: self.strings.text(row.reason),
            expires: self.epochOfEnd(of: dialog, now: now)
        )
        return .putState(record, known: row.flags.contains(.stored))
    }

    /// The end for the store. It is rounded once: rounding what was rounded before would make a subscription shorter with
    /// each restart. What differs by more comes from a step of the wall clock, which the store follows.
    private func epochOfEnd(of dialog: ListDialog, now: RLSInstant) -> Int64 {
        let end = self.epoch(of: dialog.expires, now: now)
        if let stored = dialog.storedExpires, (-3...3).contains(stored &- end) { return stored }
        dialog.storedExpires = end
        return end
    }

    private func epoch(of instant: RLSInstant, now: RLSInstant) -> Int64 {
        let delta =
            instant >= now
            ? Int64(clamping: instant.nanoseconds - now.nanoseconds)
            : -Int64(clamping: now.nanoseconds - instant.nanoseconds)
        return self.epochSeconds &+ delta / 1_000_000_000
    }
}
