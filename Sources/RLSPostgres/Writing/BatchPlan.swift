// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore
internal import ResourceListServer

/// A batch, sorted into statements, without the changes that the tables cannot hold.
struct BatchPlan: Sendable {
    private(set) var stages: [BatchStage] = []
    private(set) var rejections: [RLSRejection] = []
    /// A dialog cannot be restored, because the table has no room for its identity.
    private(set) var isMissingExtension = false

    init(_ batch: [RLSRecordChange], tables: StoreTables) {
        var stage = BatchStage()
        var dialogs = DialogNumbers(ofBatch: batch.count)
        for (index, change) in batch.enumerated() {
            let dialog = dialogs.number(of: change.dialog)
            if !stage.accepts(change, of: dialog) {
                self.stages.append(stage)
                stage = BatchStage()
            }
            self.append(change, index, of: dialog, tables, to: &stage)
        }
        self.stages.append(stage)
        let ranks = dialogs.ranks
        for index in self.stages.indices {
            self.stages[index].sort(by: ranks)
        }
    }

    private mutating func append(
        _ change: RLSRecordChange,
        _ index: Int,
        of number: DialogNumbers.Number,
        _ tables: StoreTables,
        to stage: inout BatchStage
    ) {
        switch change {
        case .putDialog(let dialog, let known):
            let row = RLSDialogRow(dialog, layout: tables.dialogLayout)
            self.isMissingExtension = self.isMissingExtension || row.isMissingExtension
            switch tables.dialogs.encode(row, countsCharacters: tables.countsCharacters) {
            case .row(let encoded):
                stage.appendDialog(
                    PlannedRow(index: index, dialog: number, row: encoded),
                    known: known || !tables.dialogs.canUpsert
                )
            case .misfit(let reason):
                self.rejections.append(RLSRejection(index: index, reason: reason))
            }
        case .putState(let state, let known):
            switch tables.states.encode(state, countsCharacters: tables.countsCharacters) {
            case .row(let encoded):
                stage.appendState(
                    PlannedRow(index: index, dialog: number, resourceURI: state.resourceURI, row: encoded),
                    known: known || !tables.states.canUpsert
                )
            case .misfit(let reason):
                self.rejections.append(RLSRejection(index: index, reason: reason))
            }
        case .deleteDialog(let key):
            // What has a NUL in its key was never written.
            guard !key.did.utf8.contains(0) else { return }
            stage.deletedDialogs.append(PlannedDeletion(index: index, dialog: number, key: key))
        case .deleteState(let key, let uri):
            guard !key.did.utf8.contains(0), !uri.utf8.contains(0) else { return }
            stage.deletedStates.append(
                PlannedDeletion(index: index, dialog: number, key: key, resourceURI: uri)
            )
        }
    }
}
#endif
