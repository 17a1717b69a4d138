// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore
internal import ResourceListServer

/// A change with its place in the batch.
struct Indexed<Value: Sendable>: Sendable {
    var index: Int
    var value: Value
}

/// A row to write, with its place in the batch.
struct PlannedRow<Key: Sendable>: Sendable {
    var index: Int
    var key: Key
    var row: EncodedRow
}

/// Changes that may be written in the order of the properties, whatever their order in the batch was.
struct BatchStage: Sendable {
    var deletedDialogs: [Indexed<RLSDialogKey>] = []
    var deletedStates: [Indexed<StateKey>] = []
    var knownDialogs: [PlannedRow<RLSDialogKey>] = []
    var newDialogs: [PlannedRow<RLSDialogKey>] = []
    var knownStates: [PlannedRow<StateKey>] = []
    var newStates: [PlannedRow<StateKey>] = []

    /// What has been put so far: a change of one of these that comes later has to be written later.
    private var putDialogs: Set<RLSDialogKey> = []
    private var putStates: Set<StateKey> = []
    private var dialogsOfPutStates: Set<RLSDialogKey> = []

    /// Whether a change may join although it is written in another order.
    func accepts(_ change: RLSRecordChange) -> Bool {
        switch change {
        case .putDialog(let dialog, known: _): !self.putDialogs.contains(dialog.key)
        case .deleteDialog(let key): !self.putDialogs.contains(key) && !self.dialogsOfPutStates.contains(key)
        case .putState(let state, known: _): !self.putStates.contains(StateKey(state))
        case .deleteState(let key, let uri): !self.putStates.contains(StateKey(dialog: key, resourceURI: uri))
        }
    }

    mutating func append(_ dialog: PlannedRow<RLSDialogKey>, known: Bool) {
        self.putDialogs.insert(dialog.key)
        if known {
            self.knownDialogs.append(dialog)
        } else {
            self.newDialogs.append(dialog)
        }
    }

    mutating func append(_ state: PlannedRow<StateKey>, known: Bool) {
        self.putStates.insert(state.key)
        self.dialogsOfPutStates.insert(state.key.dialog)
        if known {
            self.knownStates.append(state)
        } else {
            self.newStates.append(state)
        }
    }
}

extension BatchStage {
    /// The same changes, each kind in the order of its keys: who writes the same rows locks them in the same order, so that
    /// two writers wait for each other instead of deadlocking.
    func inKeyOrder() -> BatchStage {
        var stage = self
        stage.deletedDialogs.sort { $0.value.isWritten(before: $1.value) }
        stage.deletedStates.sort { $0.value.isWritten(before: $1.value) }
        stage.knownDialogs.sort { $0.key.isWritten(before: $1.key) }
        stage.newDialogs.sort { $0.key.isWritten(before: $1.key) }
        stage.knownStates.sort { $0.key.isWritten(before: $1.key) }
        stage.newStates.sort { $0.key.isWritten(before: $1.key) }
        return stage
    }
}

/// The order in which rows are written.
extension RLSDialogKey {
    func isWritten(before other: RLSDialogKey) -> Bool {
        (self.callID, self.watcherTag, self.localTag) < (other.callID, other.watcherTag, other.localTag)
    }
}

extension StateKey {
    func isWritten(before other: StateKey) -> Bool {
        guard self.dialog == other.dialog else { return self.dialog.isWritten(before: other.dialog) }
        return self.resourceURI < other.resourceURI
    }
}

/// What identifies a stored state.
struct StateKey: Sendable, Hashable {
    var dialog: RLSDialogKey
    var resourceURI: String

    init(dialog: RLSDialogKey, resourceURI: String) {
        self.dialog = dialog
        self.resourceURI = resourceURI
    }

    init(_ state: RLSStoredState) {
        self.init(dialog: state.dialog, resourceURI: state.resourceURI)
    }
}

/// A batch, sorted into statements, without the changes that the tables cannot hold.
struct BatchPlan: Sendable {
    private(set) var stages: [BatchStage] = []
    private(set) var rejections: [RLSRejection] = []
    /// A dialog cannot be restored, because the table has no room for its identity.
    private(set) var isMissingExtension = false

    init(_ batch: [RLSRecordChange], tables: StoreTables) {
        var stage = BatchStage()
        for (index, change) in batch.enumerated() {
            if !stage.accepts(change) {
                self.stages.append(stage.inKeyOrder())
                stage = BatchStage()
            }
            self.append(change, index, tables, to: &stage)
        }
        self.stages.append(stage.inKeyOrder())
    }

    private mutating func append(
        _ change: RLSRecordChange,
        _ index: Int,
        _ tables: StoreTables,
        to stage: inout BatchStage
    ) {
        switch change {
        case .putDialog(let dialog, let known):
            let row = RLSDialogRow(dialog, layout: tables.dialogLayout)
            self.isMissingExtension = self.isMissingExtension || row.isMissingExtension
            switch tables.dialogs.encode(row, countsCharacters: tables.countsCharacters) {
            case .row(let encoded):
                stage.append(
                    PlannedRow(index: index, key: dialog.key, row: encoded),
                    known: known || !tables.dialogs.canUpsert
                )
            case .misfit(let reason):
                self.rejections.append(RLSRejection(index: index, reason: reason))
            }
        case .putState(let state, let known):
            switch tables.states.encode(state, countsCharacters: tables.countsCharacters) {
            case .row(let encoded):
                stage.append(
                    PlannedRow(index: index, key: StateKey(state), row: encoded),
                    known: known || !tables.states.canUpsert
                )
            case .misfit(let reason):
                self.rejections.append(RLSRejection(index: index, reason: reason))
            }
        case .deleteDialog(let key):
            // What has a NUL in its key was never written.
            guard !key.did.utf8.contains(0) else { return }
            stage.deletedDialogs.append(Indexed(index: index, value: key))
        case .deleteState(let key, let uri):
            guard !key.did.utf8.contains(0), !uri.utf8.contains(0) else { return }
            stage.deletedStates.append(Indexed(index: index, value: StateKey(dialog: key, resourceURI: uri)))
        }
    }
}
#endif
