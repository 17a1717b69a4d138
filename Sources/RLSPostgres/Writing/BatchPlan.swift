// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore
internal import ResourceListServer

/// A batch, sorted into statements, without the changes that the tables cannot hold.
struct BatchPlan: Sendable {
    private(set) var stages: [BatchStage] = []
    /// The rows of all stages.
    private(set) var rows: EncodedRows
    private(set) var rejections: [RLSRejection] = []
    /// A dialog cannot be restored, because the table has no room for its identity.
    private(set) var isMissingExtension = false

    /// - Parameter order: of this batch.
    init(_ batch: [RLSRecordChange], _ order: DialogOrder, tables: StoreTables) {
        self.rows = EncodedRows(rowCount: batch.count)
        var stage = BatchStage()
        for index in batch.indices {
            let dialog = order.ranks[index]
            if !stage.accepts(batch[index], of: dialog) {
                self.stages.append(stage)
                stage = BatchStage()
            }
            self.append(batch[index], index, of: dialog, tables, to: &stage)
        }
        self.stages.append(stage)
        for index in self.stages.indices {
            self.stages[index].sort()
        }
    }

    private mutating func append(
        _ change: borrowing RLSRecordChange,
        _ index: Int,
        of rank: DialogOrder.Rank,
        _ tables: StoreTables,
        to stage: inout BatchStage
    ) {
        switch change {
        case .putDialog(let dialog, let known):
            let row = RLSDialogRow(dialog, layout: tables.dialogLayout)
            self.isMissingExtension = self.isMissingExtension || row.isMissingExtension
            guard let place = self.encode(row, index, tables.dialogs, tables) else { return }
            stage.appendDialog(
                PlannedRow(index: index, dialog: rank, place: place),
                known: known || !tables.dialogs.canUpsert
            )
        case .putState(let state, let known):
            guard let place = self.encode(state, index, tables.states, tables) else { return }
            stage.appendState(
                PlannedRow(index: index, dialog: rank, resourceURI: state.resourceURI, place: place),
                known: known || !tables.states.canUpsert
            )
        case .deleteDialog(let key):
            // What has a NUL in its key was never written.
            guard !key.did.utf8.contains(0) else { return }
            stage.deletedDialogs.append(PlannedDeletion(index: index, dialog: rank, key: key))
        case .deleteState(let key, let uri):
            guard !key.did.utf8.contains(0), !uri.utf8.contains(0) else { return }
            stage.deletedStates.append(
                PlannedDeletion(index: index, dialog: rank, key: key, resourceURI: uri)
            )
        }
    }

    /// - Returns: nil when the table cannot hold the row.
    private mutating func encode<Name>(
        _ row: borrowing Name.Row,
        _ index: Int,
        _ table: TableWriter<Name>,
        _ tables: StoreTables
    ) -> EncodedRows.Place? {
        let begin = self.rows.end
        if let reason = table.encode(row, into: &self.rows, countsCharacters: tables.countsCharacters) {
            self.rejections.append(RLSRejection(index: index, reason: reason))
            return nil
        }
        return begin..<self.rows.end
    }
}
#endif
