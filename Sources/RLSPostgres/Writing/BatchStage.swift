// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore

/// A row to write.
struct PlannedRow: Sendable, WrittenInOrder {
    /// The place of its change in the batch.
    var index: Int
    var dialog: DialogOrder.Rank
    /// "" for the row of a dialog.
    var resourceURI = ""
    var place: EncodedRows.Place
}

/// A row to delete.
struct PlannedDeletion: Sendable, WrittenInOrder {
    /// The place of its change in the batch.
    var index: Int
    var dialog: DialogOrder.Rank
    var key: RLSDialogKey
    /// "" for a dialog with all its states.
    var resourceURI = ""
}

/// What is written in the order of dialogs, and in a dialog in that of resources.
protocol WrittenInOrder {
    var dialog: DialogOrder.Rank { get }
    var resourceURI: String { get }
}

extension Array where Element: WrittenInOrder {
    fileprivate mutating func sortForWriting() {
        self.sort { left, right in
            left.dialog == right.dialog ? left.resourceURI < right.resourceURI : left.dialog < right.dialog
        }
    }
}

/// Changes that may be written in the order of the properties, whatever their order in the batch was.
struct BatchStage: Sendable {
    var deletedDialogs: [PlannedDeletion] = []
    var deletedStates: [PlannedDeletion] = []
    var knownDialogs: [PlannedRow] = []
    var newDialogs: [PlannedRow] = []
    var knownStates: [PlannedRow] = []
    var newStates: [PlannedRow] = []

    /// What has been put so far: a change of one of these that comes later has to be written later.
    private var putDialogs: Set<DialogOrder.Rank> = []
    private var putStates: Set<StateKey> = []
    private var dialogsOfPutStates: Set<DialogOrder.Rank> = []

    private struct StateKey: Hashable {
        var dialog: DialogOrder.Rank
        var resourceURI: String
    }

    /// Whether a change may join although it is written in another order.
    func accepts(_ change: borrowing RLSRecordChange, of dialog: DialogOrder.Rank) -> Bool {
        switch change {
        case .putDialog: !self.putDialogs.contains(dialog)
        case .deleteDialog: !self.putDialogs.contains(dialog) && !self.dialogsOfPutStates.contains(dialog)
        case .putState(let state, known: _): self.acceptsState(state.resourceURI, of: dialog)
        case .deleteState(_, let uri): self.acceptsState(uri, of: dialog)
        }
    }

    private func acceptsState(_ uri: String, of dialog: DialogOrder.Rank) -> Bool {
        !self.putStates.contains(StateKey(dialog: dialog, resourceURI: uri))
    }

    mutating func appendDialog(_ row: PlannedRow, known: Bool) {
        self.putDialogs.insert(row.dialog)
        if known {
            self.knownDialogs.append(row)
        } else {
            self.newDialogs.append(row)
        }
    }

    mutating func appendState(_ row: PlannedRow, known: Bool) {
        self.putStates.insert(StateKey(dialog: row.dialog, resourceURI: row.resourceURI))
        self.dialogsOfPutStates.insert(row.dialog)
        if known {
            self.knownStates.append(row)
        } else {
            self.newStates.append(row)
        }
    }

    /// Puts each kind into the order of its keys: who writes the same rows locks them in the same order, so that two writers
    /// wait for each other instead of deadlocking.
    mutating func sort() {
        self.deletedDialogs.sortForWriting()
        self.deletedStates.sortForWriting()
        self.knownDialogs.sortForWriting()
        self.newDialogs.sortForWriting()
        self.knownStates.sortForWriting()
        self.newStates.sortForWriting()
    }
}
#endif
