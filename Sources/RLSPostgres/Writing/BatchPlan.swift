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

/// Changes that may be written in the order of the properties, whatever their order in the batch was.
struct BatchStage: Sendable {
    var deletedDialogs: [Indexed<RLSDialogKey>] = []
    var deletedStates: [Indexed<StateKey>] = []
    var knownDialogs: [Indexed<RLSDialogRow>] = []
    var newDialogs: [Indexed<RLSDialogRow>] = []
    var knownStates: [Indexed<RLSStoredState>] = []
    var newStates: [Indexed<RLSStoredState>] = []

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

    mutating func append(_ row: RLSDialogRow, of dialog: RLSStoredDialog, known: Bool, index: Int) {
        self.putDialogs.insert(dialog.key)
        if known {
            self.knownDialogs.append(Indexed(index: index, value: row))
        } else {
            self.newDialogs.append(Indexed(index: index, value: row))
        }
    }

    mutating func append(_ state: RLSStoredState, known: Bool, index: Int) {
        self.putStates.insert(StateKey(state))
        self.dialogsOfPutStates.insert(state.dialog)
        if known {
            self.knownStates.append(Indexed(index: index, value: state))
        } else {
            self.newStates.append(Indexed(index: index, value: state))
        }
    }
}

extension BatchStage {
    /// The same changes, each kind in the order of its keys: who writes the same rows locks them in the same order, so that
    /// two writers wait for each other instead of deadlocking.
    func inKeyOrder() -> BatchStage {
        var stage = self
        stage.deletedDialogs = Self.sorted(self.deletedDialogs) { $0 }
        stage.deletedStates = Self.sorted(self.deletedStates) { $0 }
        stage.knownDialogs = Self.sorted(self.knownDialogs) { $0.dialogKey }
        stage.newDialogs = Self.sorted(self.newDialogs) { $0.dialogKey }
        stage.knownStates = Self.sorted(self.knownStates) { StateKey($0) }
        stage.newStates = Self.sorted(self.newStates) { StateKey($0) }
        return stage
    }

    private static func sorted<Value, Key: BatchOrdered>(
        _ values: [Indexed<Value>],
        by key: (Value) -> Key
    ) -> [Indexed<Value>] {
        let keys = values.map { key($0.value) }
        // Rows are large: their places are sorted, and each row is moved once.
        return values.indices.sorted { keys[$0].isWritten(before: keys[$1]) }.map { values[$0] }
    }
}

/// A key in the order in which rows are written.
protocol BatchOrdered {
    func isWritten(before other: Self) -> Bool
}

extension RLSDialogKey: BatchOrdered {
    func isWritten(before other: RLSDialogKey) -> Bool {
        (self.callID, self.watcherTag, self.localTag) < (other.callID, other.watcherTag, other.localTag)
    }
}

extension RLSDialogRow {
    fileprivate var dialogKey: RLSDialogKey {
        RLSDialogKey(callID: self.callID, watcherTag: self.fromTag, localTag: self.toTag)
    }
}

extension StateKey: BatchOrdered {
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
            if let reason = tables.dialogs.misfit(row, countsCharacters: tables.countsCharacters) {
                self.rejections.append(RLSRejection(index: index, reason: reason))
            } else {
                stage.append(row, of: dialog, known: known || !tables.dialogs.canUpsert, index: index)
            }
        case .putState(let state, let known):
            if let reason = tables.states.misfit(state, countsCharacters: tables.countsCharacters) {
                self.rejections.append(RLSRejection(index: index, reason: reason))
            } else {
                stage.append(state, known: known || !tables.states.canUpsert, index: index)
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
