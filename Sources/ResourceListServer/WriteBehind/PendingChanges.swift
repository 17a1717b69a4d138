// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// Changes that wait for the store, coalesced per key: the last one wins, and no order per key is turned around.
///
/// A key has at most a deletion followed by a put. A deletion of a list dialog takes what waits of its states along.
struct PendingChanges: Sendable {
    /// What waits of one list dialog and its states.
    fileprivate struct Entry: Sendable {
        var dialog = Change<RLSStoredDialog>()
        var states: [String: Change<RLSStoredState>] = [:]
        /// Keys of `states` in the order in which they came, so that the same changes make the same batch.
        var order: [String] = []

        var count: Int {
            self.states.values.reduce(self.dialog.count) { $0 + $1.count }
        }
    }

    /// The last put of a key and whether a deletion comes before it.
    fileprivate struct Change<Record: Sendable>: Sendable {
        var isDeleted = false
        var put: Record?
        /// Whether the store has the record before this put: false as long as no put has reached it.
        var isKnown = true

        var count: Int { (self.isDeleted ? 1 : 0) + (self.put == nil ? 0 : 1) }

        mutating func put(_ record: Record, known: Bool) {
            self.isKnown = self.put == nil ? known : self.isKnown && known
            self.put = record
        }

        mutating func delete() {
            self.put = nil
            self.isDeleted = true
        }

        mutating func apply(_ newer: Change) {
            if newer.isDeleted {
                self.delete()
            }
            if let put = newer.put {
                self.put(put, known: newer.isKnown)
            }
        }
    }

    private var entries: [RLSDialogKey: Entry] = [:]
    private var order: [RLSDialogKey] = []

    var isEmpty: Bool { self.entries.isEmpty }

    /// Adds a change behind those that are there.
    mutating func append(_ change: RLSRecordChange) {
        let key = change.dialog
        var entry = self.removeEntry(key)
        switch change {
        case .putDialog(let record, let known):
            entry.dialog.put(record, known: known)
        case .deleteDialog:
            entry.dialog.delete()
            entry.states = [:]
            entry.order = []
        case .putState(let record, let known):
            entry.noteState(record.resourceURI)
            entry.states[record.resourceURI, default: Change()].put(record, known: known)
        case .deleteState(_, let resourceURI):
            entry.noteState(resourceURI)
            entry.states[resourceURI, default: Change()].delete()
        }
        self.entries[key] = entry
    }

    mutating func append(_ changes: [RLSRecordChange]) {
        for change in changes {
            self.append(change)
        }
    }

    /// Puts changes that were not written back in front of those that came meanwhile.
    mutating func prepend(_ older: PendingChanges) {
        var merged = older
        for key in self.order {
            guard let newer = self.entries[key] else { continue }
            var entry = merged.removeEntry(key)
            entry.dialog.apply(newer.dialog)
            if newer.dialog.isDeleted {
                entry.states = [:]
                entry.order = []
            }
            for uri in newer.order {
                guard let state = newer.states[uri] else { continue }
                entry.noteState(uri)
                entry.states[uri, default: Change()].apply(state)
            }
            merged.entries[key] = entry
        }
        self = merged
    }

    /// Takes the oldest changes, whole dialogs at a time, until there are `limit`; and all that waits of `dialogs`.
    mutating func take(limit: Int, including dialogs: [RLSDialogKey] = []) -> PendingChanges {
        var taken = PendingChanges()
        var count = 0
        for key in dialogs where self.entries[key] != nil {
            count += taken.adopt(self.entries.removeValue(forKey: key), of: key)
        }
        var used = 0
        while count < limit, used < self.order.count {
            let key = self.order[used]
            used += 1
            count += taken.adopt(self.entries.removeValue(forKey: key), of: key)
        }
        self.order.removeFirst(used)
        if !dialogs.isEmpty {
            self.order.removeAll { self.entries[$0] == nil }
        }
        return taken
    }

    /// The changes as a batch for the store.
    var batch: [RLSRecordChange] {
        var batch: [RLSRecordChange] = []
        for key in self.order {
            guard let entry = self.entries[key] else { continue }
            if entry.dialog.isDeleted {
                batch.append(.deleteDialog(key))
            }
            if let record = entry.dialog.put {
                batch.append(.putDialog(record, known: entry.dialog.isKnown))
            }
            for uri in entry.order {
                guard let state = entry.states[uri] else { continue }
                if state.isDeleted {
                    batch.append(.deleteState(key, resourceURI: uri))
                }
                if let record = state.put {
                    batch.append(.putState(record, known: state.isKnown))
                }
            }
        }
        return batch
    }

    private mutating func adopt(_ entry: Entry?, of key: RLSDialogKey) -> Int {
        guard let entry else { return 0 }
        self.entries[key] = entry
        self.order.append(key)
        return entry.count
    }

    private mutating func removeEntry(_ key: RLSDialogKey) -> Entry {
        // Taken out, changed and put back: no copy of its states is made.
        if let entry = self.entries.removeValue(forKey: key) {
            return entry
        }
        self.order.append(key)
        return Entry()
    }
}

extension PendingChanges.Entry {
    fileprivate mutating func noteState(_ resourceURI: String) {
        if self.states[resourceURI] == nil {
            self.order.append(resourceURI)
        }
    }
}
