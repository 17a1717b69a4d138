// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// All list dialogs of a shard, found by slot, by restored key, by document and by watcher.
struct DialogTable: ~Copyable {
    /// A document that the list of a dialog was made from, and its version.
    struct Document {
        fileprivate var key: ByteHandle
        /// With a mark in front, because an empty version is not none.
        fileprivate var etag: ByteHandle
    }

    private var slots: [ListDialog?] = []
    private var freeSlots: [UInt32] = []
    /// Dialogs whose tags do not name a slot of this process: restored from a store. Empty otherwise.
    private var restored: [RLSDialogKey: UInt32] = [:]
    /// Keys and versions of documents.
    private var documents: ByteTable
    private var byDocument: [ByteHandle: SlotSet] = [:]
    /// Addresses of record, each counted once for each of its dialogs.
    private var watchers: ByteTable
    private(set) var dormantCount = 0

    init(seed: UInt64) {
        self.documents = ByteTable(seed: seed)
        self.watchers = ByteTable(seed: seed)
    }

    var count: Int { self.slots.count - self.freeSlots.count }

    /// One more than the highest slot ever used.
    var slotLimit: UInt32 { UInt32(self.slots.count) }

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
        dialog.countedWatcher = self.watchers.intern(dialog.watcher.addressOfRecord)
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
        if !self.restored.isEmpty {
            self.restored[dialog.key] = nil
        }
    }

    /// The dialog counts no more against its watcher's limit.
    mutating func forgetWatcher(_ dialog: ListDialog) {
        self.watchers.release(dialog.countedWatcher)
        dialog.countedWatcher = .none
    }

    func count(ofWatcher watcher: String) -> Int {
        self.watchers.find(Array(watcher.utf8)[...]).map { Int(self.watchers.references(of: $0)) } ?? 0
    }

    /// Whether any dialog is known by its key only.
    var hasRestored: Bool { !self.restored.isEmpty }

    func restoredDialog(_ key: RLSDialogKey) -> ListDialog? {
        self.restored[key].flatMap { self[$0] }
    }

    mutating func woken(_ dialog: ListDialog) {
        self.dormantCount -= 1
    }

    // MARK: Documents

    /// Remembers which documents the list of a dialog was made from.
    mutating func setDocuments(_ sources: [RLSDocumentVersion], of dialog: ListDialog) {
        let old = dialog.documents
        dialog.documents = sources.map { source in
            Document(
                key: self.documents.intern(source.key),
                etag: source.etag.map { self.documents.intern("=\($0)") } ?? .none
            )
        }
        for document in old {
            self.byDocument[document.key]?.remove(dialog.slot)
            if self.byDocument[document.key]?.isEmpty == true {
                self.byDocument[document.key] = nil
            }
        }
        for document in dialog.documents {
            self.byDocument[document.key, default: SlotSet()].insert(dialog.slot)
        }
        for document in old {
            self.documents.release(document.key)
            self.documents.release(document.etag)
        }
    }

    /// The version of the list of a dialog.
    func version(of dialog: ListDialog) -> RLSListVersion {
        RLSListVersion(
            sources: dialog.documents.map { document in
                RLSDocumentVersion(
                    key: self.documents.text(document.key),
                    etag: document.etag.isNone ? nil : String(self.documents.text(document.etag).dropFirst())
                )
            }
        )
    }

    /// Slots of dialogs whose list was made from the document, in a stable order.
    func slots(ofDocument key: String) -> [UInt32] {
        self.documents.find(Array(key.utf8)[...]).flatMap { self.byDocument[$0] }?.sorted ?? []
    }

    var all: [ListDialog] { self.slots.compactMap { $0 } }
}

/// A set of slots; one alone takes no memory of its own.
private struct SlotSet {
    private var single: UInt32?
    private var others: Set<UInt32> = []

    var isEmpty: Bool { self.single == nil && self.others.isEmpty }

    var sorted: [UInt32] { (self.others + (self.single.map { [$0] } ?? [])).sorted() }

    mutating func insert(_ slot: UInt32) {
        guard self.single != slot else { return }
        if self.isEmpty {
            self.single = slot
        } else {
            self.others.insert(slot)
        }
    }

    mutating func remove(_ slot: UInt32) {
        if self.single == slot {
            self.single = nil
        } else {
            self.others.remove(slot)
        }
    }
}
