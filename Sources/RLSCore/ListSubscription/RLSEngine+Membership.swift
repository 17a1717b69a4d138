// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// Takes a list for a dialog that had none: a row per entry, a first SUBSCRIBE queued for each.
    mutating func adopt(_ list: RLSResolvedList, for dialog: ListDialog, now: RLSInstant) {
        dialog.list = MemberList(list, in: &self.strings)
        dialog.rows.reserveCapacity(list.entries.count)
        var context = MemberContext(listURI: dialog.presentityURI)
        for (index, entry) in list.entries.enumerated() {
            dialog.rows.append(self.addRow(for: entry, at: index, of: dialog, &context, now: now))
        }
        self.dialogs.setDocuments(list.sources, of: dialog)
    }

    /// Replaces the list of a dialog: new entries are subscribed to, gone ones unsubscribed, the others stay.
    ///
    /// - Returns: whether anything that the watcher sees changed.
    mutating func replaceList(_ list: RLSResolvedList, of dialog: ListDialog, now: RLSInstant) -> Bool {
        let new = MemberList(list, in: &self.strings)
        self.dialogs.setDocuments(list.sources, of: dialog)
        guard let old = dialog.list else {
            dialog.list = new
            return true
        }
        defer { old.release(in: &self.strings) }
        dialog.list = new
        guard !old.showsSame(as: new) || self.hasNewTarget(list, in: dialog) else { return false }
        var remaining: [ByteHandle: UInt32] = [:]
        for (uri, row) in zip(old.uris, dialog.rows) {
            remaining[uri] = row
        }
        var context = MemberContext(listURI: dialog.presentityURI)
        var rows: [UInt32] = []
        rows.reserveCapacity(new.count)
        dialog.changed = EntrySet()
        for (index, entry) in list.entries.enumerated() {
            if let row = remaining[new.uris[index]], self.strings.equals(self.backends[row].target, entry.target.text) {
                remaining[new.uris[index]] = nil
                self.backends[row].entry = UInt32(index)
                if self.backends[row].flags.contains(.dirty) {
                    dialog.changed.insert(UInt32(index))
                }
                rows.append(row)
            } else {
                rows.append(self.addRow(for: entry, at: index, of: dialog, &context, now: now))
            }
        }
        dialog.rows = rows
        for (uri, row) in remaining.sorted(by: { $0.value < $1.value }) {
            self.removeRow(row, uri: uri, of: dialog, now: now)
        }
        return true
    }

    /// Whether an entry that looks the same is subscribed to elsewhere now.
    private func hasNewTarget(_ list: RLSResolvedList, in dialog: ListDialog) -> Bool {
        zip(list.entries, dialog.rows).contains { entry, row in
            !self.strings.equals(self.backends[row].target, entry.target.text)
        }
    }

    /// Takes all members away: the watcher may see none any more.
    mutating func dropList(of dialog: ListDialog, now: RLSInstant) {
        guard let list = dialog.list else { return }
        let rows = dialog.rows
        dialog.rows = []
        dialog.list = nil
        dialog.changed = EntrySet()
        self.dialogs.setDocuments([], of: dialog)
        for (row, uri) in zip(rows, list.uris) {
            self.removeRow(row, uri: uri, of: dialog, now: now)
        }
        list.release(in: &self.strings)
    }

    private mutating func addRow(
        for entry: RLSListEntry,
        at index: Int,
        of dialog: ListDialog,
        _ context: inout MemberContext,
        now: RLSInstant
    ) -> UInt32 {
        var row = BackendRow()
        row.list = dialog.slot
        row.entry = UInt32(index)
        row.target = self.strings.intern(entry.target.text)
        row.serial = self.nextRowSerial()
        row.flags = [.awaitsFirst]
        row.hop = self.hop(of: entry.target, &context)
        row.asked = self.configuration.backendExpires ?? max(600, dialog.firstGrant)
        row.state = .stopped
        row.tagNonce = self.nonce()
        let slot = self.backends.insert(row)
        // A list that contains itself would subscribe to itself for ever (RFC 4662 §7.4).
        if context.isList(entry.target) {
            self.report(slot, .terminated, reason: "noresource", dialog: dialog, now: now)
            self.firstStateReported(slot, dialog: dialog, now: now)
            self.backends[slot].due = .distantFuture
        } else {
            self.queueFirst(slot, now: now)
        }
        return slot
    }

    /// The entry is gone from the list: nothing of it is shown any more, its back-end is unsubscribed.
    private mutating func removeRow(_ slot: UInt32, uri: ByteHandle, of dialog: ListDialog, now: RLSInstant) {
        if self.backends[slot].flags.contains(.awaitsFirst) {
            self.firstStateReported(slot, dialog: dialog, now: now)
        }
        if self.isPersistent, self.backends[slot].flags.contains(.stored) {
            self.saving.deletedStates.append(.deleteState(dialog.key, resourceURI: self.strings.text(uri)))
        }
        self.backends[slot].entry = BackendRow.noEntry
        self.backends[slot].flags.remove([.dirty, .unsaved, .stored])
        dialog.leavingRows += 1
        self.endBackend(slot, dialog: dialog, now: now)
    }

    private mutating func hop(of target: SIPURI, _ context: inout MemberContext) -> UInt16 {
        guard self.configuration.presenceServer == nil else { return self.pacer.hop(named: "") }
        let host = target.host
        let port = target.port
        if let last = context.lastHop, last.host == host, last.port == port {
            return last.hop
        }
        let hop = self.pacer.hop(named: "\(host.lowercased()):\(port ?? 0)")
        context.lastHop = (host, port, hop)
        return hop
    }
}

/// What the entries of a list have in common while rows are made for them.
private struct MemberContext {
    private let listURI: SIPURI?
    /// Entries of one domain mostly stand together.
    var lastHop: (host: String, port: UInt16?, hop: UInt16)?

    init(listURI: String) {
        self.listURI = try? SIPURI(listURI)
    }

    /// Whether an entry is the list itself.
    func isList(_ target: SIPURI) -> Bool {
        self.listURI.map { target.isSame(as: $0) } ?? false
    }
}
