// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import ResourceListServer
import Testing

@testable import RLSPostgres

/// Rows are written in the order of their keys as far as the contract of a batch leaves the order free.
struct BatchOrderTests {
    private static let tables: StoreTables = {
        func layout(_ name: String, _ columns: [String], key: [String]) -> TableLayout {
            TableLayout(
                table: TableName(name),
                columns: columns.map {
                    TableLayout.Column(
                        name: $0,
                        type: PostgresType.text,
                        width: nil,
                        isNotNull: true,
                        hasDefault: false
                    )
                },
                uniqueKeys: [key]
            )
        }
        return StoreTables(
            layout("rls_watchers", DialogColumn.documented.map(\.name), key: DialogColumn.key.map(\.name)),
            layout("rls_presentity", StateColumn.allCases.map(\.name), key: StateColumn.key.map(\.name)),
            countsCharacters: true
        )
    }()

    @Test func batchesOfTheSameChangesAreWrittenInOneOrder() {
        let changes = (0..<40).flatMap { number -> [RLSRecordChange] in
            [
                .putDialog(TestRecords.dialog(number), known: number % 2 == 0),
                .putState(TestRecords.state(number, "sip:b@example.org"), known: number % 3 == 0),
                .putState(TestRecords.state(number, "sip:a@example.org"), known: number % 3 == 0),
                .deleteDialog(TestRecords.key(number + 100)),
                .deleteState(TestRecords.key(number), resourceURI: "sip:c@example.org"),
            ]
        }
        let expected = Self.written(changes)
        #expect(expected.count == changes.count)
        for _ in 0..<10 {
            #expect(Self.written(changes.shuffled()) == expected)
        }
    }

    @Test func deletionAndPutOfOneKeyKeepTheirOrder() {
        let changes: [RLSRecordChange] = [
            .putDialog(TestRecords.dialog(2), known: true),
            .deleteDialog(TestRecords.key(1)),
            .putDialog(TestRecords.dialog(1), known: false),
            .putState(TestRecords.state(1, "sip:a@example.org"), known: false),
        ]
        #expect(
            Self.written(changes) == [
                "delete call-1;w1;l1", "put call-2", "put call-1", "put call-1;w1;l1 sip:a@example.org",
            ]
        )
    }

    @Test func putAndLaterDeletionOfOneKeyKeepTheirOrder() {
        let changes: [RLSRecordChange] = [
            .putState(TestRecords.state(2, "sip:a@example.org"), known: false),
            .deleteDialog(TestRecords.key(2)),
            .deleteDialog(TestRecords.key(1)),
        ]
        #expect(
            Self.written(changes) == [
                "put call-2;w2;l2 sip:a@example.org", "delete call-1;w1;l1", "delete call-2;w2;l2",
            ]
        )
    }

    private static func written(_ changes: [RLSRecordChange]) -> [String] {
        BatchStep.steps(of: BatchPlan(changes, DialogOrder(of: changes), tables: Self.tables), size: 7).flatMap {
            step in
            step.indexes.map { index in
                switch changes[index] {
                case .deleteDialog(let key): "delete \(key.did)"
                case .deleteState(let key, let uri): "delete \(key.did) \(uri)"
                case .putDialog(let dialog, known: _): "put \(dialog.key.callID)"
                case .putState(let state, known: _): "put \(state.dialog.did) \(state.resourceURI)"
                }
            }
        }
    }
}
#endif
