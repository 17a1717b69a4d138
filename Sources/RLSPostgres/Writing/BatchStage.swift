// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore

/// A row to write.
struct PlannedRow: Sendable, WrittenInOrder {
    /// The place of its change in the batch.
    var index: Int
    var dialog: DialogNumbers.Number
    /// "" for the row of a dialog.
    var resourceURI = ""
    var row: EncodedRow
}

/// A row to delete.
struct PlannedDeletion: Sendable, WrittenInOrder {
    /// The place of its change in the batch.
    var index: Int
    var dialog: DialogNumbers.Number
    var key: RLSDialogKey
    /// "" for a dialog with all its states.
    var resourceURI = ""
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
    private var putDialogs: Set<DialogNumbers.Number> = []
    private var putStates: Set<StateKey> = []
    private var dialogsOfPutStates: Set<DialogNumbers.Number> = []

    private struct StateKey: Hashable {
        var dialog: DialogNumbers.Number
        var resourceURI: String
    }

    /// Whether a change may join although it is written in another order.
    func accepts(_ change: RLSRecordChange, of dialog: DialogNumbers.Number) -> Bool {
        switch change {
        case .putDialog: !self.putDialogs.contains(dialog)
        case .deleteDialog: !self.putDialogs.contains(dialog) && !self.dialogsOfPutStates.contains(dialog)
        case .putState(let state, known: _): self.acceptsState(state.resourceURI, of: dialog)
        case .deleteState(_, let uri): self.acceptsState(uri, of: dialog)
        }
    }

    private func acceptsState(_ uri: String, of dialog: DialogNumbers.Number) -> Bool {
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
    mutating func sort(by ranks: [Int]) {
        self.deletedDialogs.sort(by: ranks)
        self.deletedStates.sort(by: ranks)
        self.knownDialogs.sort(by: ranks)
        self.newDialogs.sort(by: ranks)
        self.knownStates.sort(by: ranks)
        self.newStates.sort(by: ranks)
    }
}
#endif
