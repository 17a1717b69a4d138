// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import Testing

@testable import RLSPostgres

/// What the server makes of the statements when the tables are large.
@Suite(.enabled(if: TestCluster.isRequired))
struct PlanTests {
    /// Reading the whole of a smaller table costs less than looking into an index.
    private static let dialogs = 8_000

    @Test(arguments: [TestLayout.own, .openSIPS, .kamailio])
    func rowsAreFoundByAnIndex(_ layout: TestLayout) async throws {
        let database = try TestDatabase()
        let store = try await database.store(layout)
        var migration = PostgresMigration(try database.configuration())
        migration.addIndexes = true
        _ = try await migration.run()
        let connection = try await Self.fill(store, database)
        let tables = try store.currentTables(connection)
        let updates = try [#require(tables.dialogs.updateAll), #require(tables.states.updateAll)]
        for statement in updates + [
            tables.dialogs.update, tables.states.update, tables.deleteDialogs, tables.deleteStates,
            tables.deleteStatesOfDialogs,
        ] {
            let plan = try Self.plan(statement, connection)
            #expect(plan.contains("Index"), "\(statement)")
            #expect(!plan.contains("Seq Scan"), "\(statement)\n\(plan)")
        }
    }

    /// The index is worth its warning: OpenSIPS' own ones do not serve deletions.
    @Test func withoutTheIndexADeletionReadsTheWholeTable() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.openSIPS)
        let connection = try await Self.fill(store, database)
        let plan = try Self.plan(try store.currentTables(connection).deleteDialogs, connection)
        #expect(plan.contains("Seq Scan on rls_watchers"))
    }

    private static func fill(_ store: PostgresStore, _ database: TestDatabase) async throws -> PostgresConnection {
        let changes = (0..<Self.dialogs).flatMap { number -> [RLSRecordChange] in
            [
                .putDialog(TestRecords.dialog(number), known: false),
                .putState(TestRecords.state(number, "sip:bob@example.org"), known: false),
            ]
        }
        #expect(try await store.commit(changes) == [])
        try database.sql("ANALYZE rls_watchers; ANALYZE rls_presentity")
        return try database.connection()
    }

    /// The plan that serves any values, as that of a prepared statement does.
    private static func plan(_ statement: String, _ connection: PostgresConnection) throws -> String {
        try connection.executeScript("DEALLOCATE ALL; SET plan_cache_mode = force_generic_plan")
        try connection.executeScript("PREPARE rls_plan AS \(statement)")
        let count = Int(
            try connection.execute("SELECT cardinality(parameter_types)::int8 FROM pg_prepared_statements").integer(
                0,
                0
            )
        )
        let nothing = Array(repeating: "NULL", count: count).joined(separator: ", ")
        let result = try connection.execute("EXPLAIN EXECUTE rls_plan(\(nothing))")
        return (0..<result.rowCount).map { result.text($0, 0) }.joined(separator: "\n")
    }
}
#endif
