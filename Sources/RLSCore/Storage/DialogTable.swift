// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// All list dialogs of a shard, found by slot, by restored key, by document and by watcher.
struct DialogTable {
    private var slots: [ListDialog?] = []
    private var freeSlots: [UInt32] = []
    /// Dialogs whose tags do not name a slot of this process: restored from a store. Empty otherwise.
    private var restored: [RLSDialogKey: UInt32] = [:]
    private var byDocument: [String: Set<UInt32>] = [:]
    private var byWatcher: [String: Int] = [:]
    private(set) var dormantCount = 0

    var count: Int { self.slots.count - self.freeSlots.count }

    subscript(slot: UInt32) -> ListDialog? {
        Int(slot) < self.slots.count ? self.slots[Int(slot)] : nil
    }

    /// The slot that the next dialog gets; `insert` must follow.
    mutating func reserveSlot() -> UInt32 {
        if let slot = self.freeSlots.popLast() {
            return slot
        }
        self.slots.append(nil)
        return UInt32(self.slots.count - 1)
    }

    mutating func insert(_ dialog: ListDialog, isRestored: Bool = false) {
        self.slots[Int(dialog.slot)] = dialog
        self.byWatcher[dialog.watcher.addressOfRecord, default: 0] += 1
        if isRestored {
            self.restored[dialog.key] = dialog.slot
            self.dormantCount += 1
        }
    }

    mutating func remove(_ dialog: ListDialog) {
        self.forgetWatcher(dialog)
        self.setDocuments([], of: dialog)
        self.slots[Int(dialog.slot)] = nil
        self.freeSlots.append(dialog.slot)
        self.restored[dialog.key] = nil
    }

    /// The dialog counts no more against its watcher's limit.
    mutating func forgetWatcher(_ dialog: ListDialog) {
        guard dialog.countsForWatcher else { return }
        dialog.countsForWatcher = false
        let watcher = dialog.watcher.addressOfRecord
        guard let count = self.byWatcher[watcher] else { return }
        self.byWatcher[watcher] = count > 1 ? count - 1 : nil
    }

    func count(ofWatcher watcher: String) -> Int {
        self.byWatcher[watcher] ?? 0
    }

    /// Whether any dialog is known by its key only.
    var hasRestored: Bool { !self.restored.isEmpty }

    func restoredDialog(_ key: RLSDialogKey) -> ListDialog? {
        self.restored[key].flatMap { self[$0] }
    }

    mutating func woken(_ dialog: ListDialog) {
        self.dormantCount -= 1
    }

    /// Remembers which documents the list of a dialog was made from.
    mutating func setDocuments(_ keys: [String], of dialog: ListDialog) {
        for key in dialog.documents {
            self.byDocument[key]?.remove(dialog.slot)
            if self.byDocument[key]?.isEmpty == true {
                self.byDocument[key] = nil
            }
        }
        dialog.documents = keys
        for key in keys {
            self.byDocument[key, default: []].insert(dialog.slot)
        }
    }

    /// Slots of dialogs whose list was made from the document, in a stable order.
    func slots(ofDocument key: String) -> [UInt32] {
        self.byDocument[key].map { $0.sorted() } ?? []
    }

    var all: [ListDialog] { self.slots.compactMap { $0 } }
}
