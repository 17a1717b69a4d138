// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// Sets what the watcher is told of a resource. Unchanged state makes no NOTIFY.
    ///
    /// - Parameters:
    ///   - reason: of a terminated instance (R4662-76).
    ///   - body: nil keeps the last one (MORE-12); empty drops it.
    mutating func report(
        _ slot: UInt32,
        _ instance: BackendRow.Instance,
        reason: String = "",
        body: SIPBytes? = nil,
        contentType: SIPBytes = [],
        dialog: ListDialog,
        now: RLSInstant
    ) {
        let row = self.backends[slot]
        var isChanged = false
        if instance == .terminated || !row.reason.isNone {
            let handle = self.strings.intern(reason)
            isChanged = isChanged || handle != row.reason
            self.strings.release(row.reason)
            self.backends[slot].reason = handle
        }
        if let body {
            if dialog.package.deltaBodies {
                isChanged =
                    self.takeDelta(slot, body: body, contentType: contentType, dialog: dialog, now: now) || isChanged
            } else {
                isChanged = self.takeBody(slot, body: body, contentType: contentType) || isChanged
            }
        }
        self.backends[slot].instance = instance
        isChanged = isChanged || self.backends[slot].visibleInstance != row.visibleInstance
        guard row.entry != BackendRow.noEntry else { return }
        if isChanged {
            self.markDirty(slot, dialog: dialog, now: now)
        }
        // Active without a body looks as unknown does, but what an earlier run has stored is no longer so.
        let isStoredOtherwise = row.instance == .unknown && row.flags.contains(.stored)
        if isChanged || isStoredOtherwise, dialog.isAlive {
            self.saveState(slot)
        }
    }

    /// - Returns: whether it differs from the last one.
    private mutating func takeBody(_ slot: UInt32, body: SIPBytes, contentType: SIPBytes) -> Bool {
        let old = self.backends[slot]
        let newBody = self.bodies.intern(body)
        let newType: ByteHandle
        if self.strings.equals(old.contentType, contentType) {
            newType = old.contentType
        } else {
            newType = self.strings.intern(contentType)
            self.strings.release(old.contentType)
        }
        self.bodies.release(old.body)
        self.backends[slot].body = newBody
        self.backends[slot].contentType = newType
        return newBody != old.body || newType != old.contentType
    }

    /// Queues a document of a package whose documents are deltas.
    private mutating func takeDelta(
        _ slot: UInt32,
        body: SIPBytes,
        contentType: SIPBytes,
        dialog: ListDialog,
        now: RLSInstant
    ) -> Bool {
        guard !body.isEmpty else {
            self.dropDeltas(slot, dialog: dialog)
            return true
        }
        if dialog.deltas.count(of: slot) >= self.configuration.maxQueuedDeltas {
            self.events.append(
                RLSEvent(.deltaOverflow, subject: self.strings.text(self.uri(of: slot, in: dialog)))
            )
            self.wantFullDocument(slot, dialog: dialog, now: now)
            return true
        }
        dialog.deltas.append(
            DeltaQueues.Delta(body: self.bodies.intern(body), contentType: self.strings.intern(contentType)),
            for: slot
        )
        return true
    }

    /// What has been received may be a delta, or have been shown in part: ask the presence server for a full document.
    mutating func wantFullDocument(_ slot: UInt32, dialog: ListDialog, now: RLSInstant) {
        if dialog.package.deltaBodies {
            self.dropDeltas(slot, dialog: dialog)
            self.backends[slot].flags.insert(.incomplete)
        } else {
            // R4662-113: a sub-list's last document may be partial, or of a version that the client has seen.
            let isMultipart = self.strings.withBytes(self.backends[slot].contentType) {
                $0.starts(with: "multipart/".utf8)
            }
            guard isMultipart else { return }
            self.bodies.release(self.backends[slot].body)
            self.backends[slot].body = .none
        }
        switch self.backends[slot].state {
        case .active:
            self.queueRefresh(slot, now: now)
        case .notified, .refreshing, .refreshed:
            self.backends[slot].flags.insert(.wantsRefresh)
        case .vacant, .queued, .subscribing, .accepted, .refreshQueued, .waiting, .stopped, .abandoned, .endQueued,
            .ending:
            break
        }
    }

    mutating func markDirty(_ slot: UInt32, dialog: ListDialog, now: RLSInstant) {
        self.setDirty(slot, in: dialog)
        dialog.schedule.resourceChanged(now: now, window: self.configuration.waitnTime)
    }

    /// The next NOTIFY reports the row.
    mutating func setDirty(_ slot: UInt32, in dialog: ListDialog) {
        self.backends[slot].flags.insert(.dirty)
        dialog.changed.insert(self.backends[slot].entry)
    }

    /// The URI of a row as its list shows it; `.none` when the list has it no more.
    func uri(of slot: UInt32, in dialog: ListDialog) -> ByteHandle {
        let entry = self.backends[slot].entry
        guard let list = dialog.list, entry < UInt32(clamping: list.count) else { return .none }
        return list.uris[Int(entry)]
    }

    /// The resource has reported for the first time since the list subscription began or woke up.
    mutating func firstStateReported(_ slot: UInt32, dialog: ListDialog, now: RLSInstant) {
        guard self.backends[slot].flags.contains(.awaitsFirst) else { return }
        self.backends[slot].flags.remove(.awaitsFirst)
        dialog.schedule.firstReported(now: now, delay: self.configuration.initialFillDelay)
    }

    /// Entries that have not reported yet.
    func awaitingRows(of dialog: ListDialog) -> Int {
        dialog.rows.count { $0 != BackendRow.noEntry && self.backends[$0].flags.contains(.awaitsFirst) }
    }
}
