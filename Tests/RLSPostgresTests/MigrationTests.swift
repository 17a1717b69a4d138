// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import Testing

@testable import RLSPostgres

@Suite(.enabled(if: TestCluster.isRequired))
struct MigrationTests {
    @Test func missingTablesAreCreatedOnce() async throws {
        let database = try TestDatabase()
        let migration = PostgresMigration(try database.configuration())
        let report = try await migration.run()
        #expect(
            report.changes == [
                "created table rls_watchers", "created table version", "table rls_watchers has version 2",
                "created table rls_presentity", "table rls_presentity has version 1",
            ]
        )
        #expect(report.warnings == [])
        #expect(try await migration.run() == PostgresMigration.Report())
        #expect(
            try database.rows("SELECT table_name, table_version FROM version ORDER BY 1")
                == ["(rls_presentity,1)", "(rls_watchers,2)"]
        )
    }

    @Test func createdTablesHaveTheDocumentedColumns() async throws {
        let database = try TestDatabase()
        _ = try await PostgresMigration(try database.configuration()).run()
        let columns = """
            SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns
            WHERE table_name = 'NAME' AND column_name NOT IN ('id', 'dialog_ext') ORDER BY ordinal_position
            """
        let reference = try TestDatabase()
        try reference.sql(TestLayout.openSIPS.script)
        for table in ["rls_watchers", "rls_presentity"] {
            let query = columns.split(separator: "NAME").joined(separator: table)
            #expect(try database.rows(query) == reference.rows(query))
        }
        let keys = """
            SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE contype = 'u' AND conrelid::regclass::text LIKE 'rls\\_%' ORDER BY 1
            """
        #expect(try database.rows(keys).count == 2)
        #expect(try database.rows(keys) == reference.rows(keys))
        #expect(
            try database.rows("SELECT data_type, is_identity FROM information_schema.columns WHERE column_name = 'id'")
                == ["(bigint,YES)", "(bigint,YES)"]
        )
        #expect(
            try database.rows("SELECT reloptions FROM pg_class WHERE relname LIKE 'rls\\_%' AND relkind = 'r'")
                == ["({fillfactor=70})", "({fillfactor=70})"]
        )
    }

    /// Longer than any documented column, as phones behind gateways and in browsers send it.
    @Test func createdTablesAreWideEnoughForRealSIP() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.own)
        let long = TestRecords.dialog(1) {
            $0.key = RLSDialogKey(
                callID: String(repeating: "c", count: 300),
                watcherTag: String(repeating: "w", count: 200),
                localTag: String(repeating: "l", count: 200)
            )
            $0.contact = "sip:alice@192.0.2.1;gr=" + String(repeating: "x", count: 1_000)
            $0.path.local.host = "2001:db8:0123:4567:89ab:cdef:0123:4567"
            $0.path.transport = .tls
        }
        var state = TestRecords.state(1, "sip:bob@example.org")
        state.dialog = long.key
        state.contentType = "multipart/related;boundary=" + String(repeating: "b", count: 70)
        #expect(try await store.commit([.putDialog(long, known: false), .putState(state, known: false)]) == [])
        let content = try await store.content()
        #expect(content.dialogs == [long])
        #expect(content.states == [state])
    }

    @Test(arguments: [TestLayout.openSIPS, .openSIPS16, .kamailio])
    func existingTablesAreNotChangedUnlessAskedFor(_ layout: TestLayout) async throws {
        let database = try TestDatabase()
        try database.sql(layout.script)
        let catalogue = """
            SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns
            WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
            """
        let before = try database.rows(catalogue)
        let report = try await PostgresMigration(try database.configuration()).run()
        #expect(report.changes == [])
        // Kamailio's unique key begins with callid.
        #expect(report.warnings == (layout == .kamailio ? [] : [Self.missingIndex]))
        #expect(try database.rows(catalogue) == before)
    }

    @Test func rowOfVersionThatExistsIsNotChanged() async throws {
        let database = try TestDatabase()
        try database.sql(
            """
            CREATE TABLE version (table_name varchar(32) NOT NULL, table_version integer DEFAULT 0 NOT NULL);
            INSERT INTO version VALUES ('rls_watchers', 3)
            """
        )
        let report = try await PostgresMigration(try database.configuration()).run()
        #expect(report.warnings == ["table version already has a row for rls_watchers; it is as it was"])
        #expect(
            try database.rows("SELECT table_name, table_version FROM version ORDER BY 1")
                == ["(rls_presentity,1)", "(rls_watchers,3)"]
        )
    }

    @Test(arguments: [TestLayout.openSIPS, .openSIPS16, .kamailio])
    func wideningMakesRoomAndKeepsTheRows(_ layout: TestLayout) async throws {
        let database = try TestDatabase()
        let store = try await database.store(layout)
        _ = try await store.commit([.putDialog(TestRecords.dialog(1), known: false)])
        var migration = PostgresMigration(try database.configuration())
        migration.widen = true
        let report = try await migration.run()
        #expect(report.changes.contains("widened rls_watchers.contact from \(layout == .kamailio ? 255 : 64) to 2048"))
        #expect(report.changes.contains("added rls_watchers.dialog_ext"))
        #expect(report.changes.contains("made rls_watchers.id 64 bits wide"))
        #expect(report.changes.contains("made rls_presentity.id 64 bits wide"))
        #expect(try await migration.run() == PostgresMigration.Report())
        let long = TestRecords.dialog(2) {
            $0.key.callID = String(repeating: "c", count: 400)
            $0.contact = "sip:alice@192.0.2.1;gr=" + String(repeating: "x", count: 1_000)
            $0.watcher = "sip:bob@example.net"
        }
        #expect(try await store.commit([.putDialog(long, known: false)]) == [])
        #expect(try await store.content().dialogs.map(\.key) == [TestRecords.key(1), long.key])
        try database.sql("SELECT setval(pg_get_serial_sequence('rls_watchers', 'id'), 3000000000)")
        #expect(try await store.commit([.putDialog(TestRecords.dialog(3), known: false)]) == [])
    }

    @Test(arguments: [TestLayout.openSIPS, .openSIPS16, .kamailio])
    func indexIsAddedWithoutWidening(_ layout: TestLayout) async throws {
        let database = try TestDatabase()
        try database.sql(layout.script)
        let columns =
            "SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns"
        let before = try database.rows("\(columns) WHERE table_schema = 'public' ORDER BY table_name, ordinal_position")
        var migration = PostgresMigration(try database.configuration())
        migration.addIndexes = true
        let report = try await migration.run()
        #expect(report.changes == (layout == .kamailio ? [] : ["added an index by callid to rls_watchers"]))
        #expect(report.warnings == [])
        #expect(
            try database.rows("\(columns) WHERE table_schema = 'public' ORDER BY table_name, ordinal_position")
                == before
        )
        #expect(try await migration.run() == PostgresMigration.Report())
    }

    private static let missingIndex =
        "table rls_watchers has no index that begins with callid: each batch with deletions reads the whole table"

    @Test func sequenceThatIsHalfUsedUpIsWarnedOf() async throws {
        let database = try TestDatabase()
        try database.sql(TestLayout.openSIPS.script + "SELECT setval('rls_presentity_id_seq', 1073741824)")
        let report = try await PostgresMigration(try database.configuration()).run()
        #expect(
            report.warnings == [
                Self.missingIndex,
                """
                table rls_presentity: 1073741824 of 2147483647 values of id are used up; --widen makes it 64 bits wide
                """,
            ]
        )
    }

    @Test func migrationsAtTheSameTimeDoNotHurtEachOther() async throws {
        let database = try TestDatabase()
        let migration = PostgresMigration(try database.configuration())
        let changes = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask { try await migration.run().changes.count }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(changes.sorted() == [0, 0, 0, 5])
    }

    @Test func triggerWithoutTableIsAnErrorAndNothingIsChanged() async throws {
        let database = try TestDatabase()
        var migration = PostgresMigration(try database.configuration())
        migration.xcapTrigger = true
        await #expect(throws: PostgresError(.unusableTable, "table xcap does not exist")) { try await migration.run() }
        #expect(try database.number("SELECT count(*) FROM pg_class WHERE relname = 'rls_watchers'") == 0)
    }
}
#endif
