// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// Takes a list for a dialog that had none: a row per entry, a first SUBSCRIBE queued for each.
    mutating func adopt(_ list: RLSResolvedList, for dialog: ListDialog, now: RLSInstant) {
        dialog.list = list
        dialog.rows.reserveCapacity(list.entries.count)
        let own = (try? SIPURI(dialog.presentityURI))?.canonical
        for (index, entry) in list.entries.enumerated() {
            dialog.rows.append(self.addRow(for: entry, at: index, of: dialog, listURI: own, now: now))
        }
        self.dialogs.setDocuments(list.sources.map { $0.key }, of: dialog)
    }

    /// Replaces the list of a dialog: new entries are subscribed to, gone ones unsubscribed, the others stay.
    ///
    /// - Returns: whether anything that the watcher sees changed.
    mutating func replaceList(_ list: RLSResolvedList, of dialog: ListDialog, now: RLSInstant) -> Bool {
        let old = dialog.list
        let unchanged = old?.entries == list.entries && old?.names == list.names
        self.dialogs.setDocuments(list.sources.map { $0.key }, of: dialog)
        guard !unchanged else {
            dialog.list = list
            return false
        }
        var remaining: [String: UInt32] = [:]
        for (entry, row) in zip(old?.entries ?? [], dialog.rows) {
            remaining[entry.uri] = row
        }
        let own = (try? SIPURI(dialog.presentityURI))?.canonical
        var rows: [UInt32] = []
        rows.reserveCapacity(list.entries.count)
        for (index, entry) in list.entries.enumerated() {
            if let row = remaining[entry.uri], self.strings.equals(self.backends[row].target, entry.target.bytes[...]) {
                remaining[entry.uri] = nil
                self.backends[row].entry = UInt32(index)
                rows.append(row)
            } else {
                rows.append(self.addRow(for: entry, at: index, of: dialog, listURI: own, now: now))
            }
        }
        dialog.list = list
        dialog.rows = rows
        for row in remaining.values.sorted() {
            self.removeRow(row, of: dialog, now: now)
        }
        return true
    }

    /// Takes all members away: the watcher may see none any more.
    mutating func dropList(of dialog: ListDialog, now: RLSInstant) {
        let rows = dialog.rows
        dialog.rows = []
        dialog.list = nil
        self.dialogs.setDocuments([], of: dialog)
        for row in rows {
            self.removeRow(row, of: dialog, now: now)
        }
    }

    private mutating func addRow(
        for entry: RLSListEntry,
        at index: Int,
        of dialog: ListDialog,
        listURI: String?,
        now: RLSInstant
    ) -> UInt32 {
        var row = BackendRow()
        row.list = dialog.slot
        row.entry = UInt32(index)
        row.uri = self.strings.intern(entry.uri)
        row.target = self.strings.intern(entry.target.bytes)
        row.instanceNonce = self.nonce()
        row.flags = [.awaitsFirst]
        row.hop = self.pacer.hop(named: self.hopName(entry.target))
        row.asked = self.configuration.backendExpires ?? max(600, dialog.firstGrant)
        row.state = .stopped
        row.tagNonce = self.nonce()
        row.callNonce = self.nonce()
        let slot = self.backends.insert(row)
        // A list that contains itself would subscribe to itself for ever (RFC 4662 §7.4).
        if let listURI, entry.target.canonical == listURI {
            self.report(slot, .terminated, reason: "noresource", dialog: dialog, now: now)
            self.firstStateReported(slot, dialog: dialog, now: now)
            self.backends[slot].due = .distantFuture
        } else {
            self.queueFirst(slot, now: now)
        }
        return slot
    }

    /// The entry is gone from the list: nothing of it is shown any more, its back-end is unsubscribed.
    private mutating func removeRow(_ slot: UInt32, of dialog: ListDialog, now: RLSInstant) {
        if self.backends[slot].flags.contains(.awaitsFirst) {
            self.firstStateReported(slot, dialog: dialog, now: now)
        }
        if self.isPersistent, self.backends[slot].flags.contains(.stored) {
            self.saving.deletedStates.append(
                .deleteState(
                    dialog.key,
                    resourceURI: String(decoding: self.strings[self.backends[slot].uri], as: UTF8.self)
                )
            )
        }
        self.backends[slot].entry = BackendRow.noEntry
        if self.backends[slot].flags.contains(.dirty) {
            // The slot may soon be another list's.
            dialog.dirtyRows.removeAll { $0 == slot }
        }
        self.backends[slot].flags.remove([.dirty, .unsaved, .stored])
        dialog.leavingRows += 1
        self.endBackend(slot, dialog: dialog, now: now)
    }

    private func hopName(_ target: SIPURI) -> String {
        guard self.configuration.presenceServer == nil else { return "" }
        return "\(target.host.lowercased()):\(target.port ?? 0)"
    }
}
