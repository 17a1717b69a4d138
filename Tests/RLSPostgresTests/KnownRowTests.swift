// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import Testing

@testable import RLSPostgres

/// Rows said to be known are updated with one statement when all are there, and nothing is lost when some are not.
@Suite(.enabled(if: TestCluster.isRequired), .timeLimit(.minutes(1)))
struct KnownRowTests {
    /// A transaction of its own: nobody is idle in one while our next message is on its way.
    @Test func refreshIsOneStatement() async throws {
        let database = try TestDatabase()
        let store = try await database.store { $0.connections = 1 }
        _ = try await store.commit(Self.changes(0..<3, cSeq: 1, known: false))
        try database.sql("CREATE TABLE heard (query text)")
        try database.sql(Self.listen)
        #expect(try await store.commit(Self.changes(0..<3, cSeq: 2, known: true)) == [])
        let heard = try database.rows("SELECT query FROM heard")
        #expect(heard.count == 1)
        #expect(heard.first?.contains("WITH written AS (UPDATE") == true)
        #expect(try await store.content().dialogs.map(\.localCSeq) == [2, 2, 2])
    }

    @Test func rowsThatSomebodyHasDeletedAreInserted() async throws {
        let database = try TestDatabase()
        let store = try await database.store()
        _ = try await store.commit(Self.changes(0..<6, cSeq: 1, known: false))
        try database.sql("DELETE FROM rls_watchers WHERE callid IN ('call-2', 'call-4')")
        let sequence = "SELECT last_value FROM rls_watchers_id_seq"
        let before = try database.number(sequence)
        #expect(try await store.commit(Self.changes(0..<6, cSeq: 2, known: true)) == [])
        // Whole, with what an update does not write.
        #expect(
            try await store.content().dialogs
                == (0..<6).map { number in TestRecords.dialog(number) { $0.localCSeq = 2 } }
        )
        // Those that are there take no value of the sequence.
        #expect(try database.number(sequence) == before + 2)
    }

    @Test func deletedRowThatMayNotComeBackIsRefusedAlone() async throws {
        let database = try TestDatabase()
        let store = try await database.store()
        _ = try await store.commit(Self.changes(0..<4, cSeq: 1, known: false))
        try database.sql(
            "DELETE FROM rls_watchers WHERE callid = 'call-2'; ALTER TABLE rls_watchers ADD CHECK (callid <> 'call-2')"
        )
        let changes = Self.changes(0..<4, cSeq: 2, known: true)
        #expect(try await store.commit(changes).map(\.index) == [2])
        #expect(try await store.content().dialogs.map(\.key.callID) == ["call-0", "call-1", "call-3"])
        #expect(try await store.content().dialogs.map(\.localCSeq) == [2, 2, 2])
    }

    /// An update need not send what never changes in the life of a dialog.
    @Test(arguments: [TestLayout.own, .openSIPSExtended, .kamailioExtended])
    func updateWritesWhatMayChangeOnly(_ layout: TestLayout) async throws {
        let database = try TestDatabase()
        let store = try await database.store(layout)
        _ = try await store.commit([.putDialog(TestRecords.dialog(1), known: false)])
        try database.sql(
            "UPDATE rls_watchers SET to_user = 'a', to_domain = 'b', watcher_username = 'c', watcher_domain = 'd', event_id = 'e'"
        )
        let changed = TestRecords.dialog(1) { dialog in
            dialog.accept = "application/pidf+xml"
            dialog.localCSeq = 301
            dialog.remoteCSeq = 3
            dialog.contact = "sip:alice@192.0.2.2:5064"
            dialog.routeSet = ["<sip:192.0.2.3;lr>"]
            dialog.expires += 1
            dialog.status = .pending
            dialog.version = 257
            dialog.path.transport = .tcp
            dialog.path.local.port = 5070
            dialog.path.remote.port = 5064
            dialog.localContact = "sip:rls@192.0.2.10:5070"
            dialog.isClean = true
        }
        #expect(try await store.commit([.putDialog(changed, known: true)]) == [])
        var expected = changed
        (expected.to, expected.watcher, expected.eventID) = ("sip:a@b", "sip:c@d", "e")
        if !layout.hasFromColumns {
            expected.from = expected.watcher
        }
        #expect(try await store.content().dialogs == [expected])
    }

    private static func changes(_ numbers: Range<Int>, cSeq: UInt32, known: Bool) -> [RLSRecordChange] {
        numbers.map { number in .putDialog(TestRecords.dialog(number) { $0.localCSeq = cSeq }, known: known) }
    }

    /// Keeps what statement changes the table.
    private static let listen = """
        CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO heard VALUES (current_query()); RETURN NULL; END $$;
        CREATE TRIGGER hear AFTER UPDATE ON rls_watchers EXECUTE FUNCTION hear()
        """
}
#endif
