// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import StoreScenes
import Testing

@testable import RLSPostgres

/// The server cannot write: its disk is full, or it is read-only. SUBSCRIBEs get 503 with Retry-After, established lists go
/// on, and all that waited is written when it can write again.
@Suite(.enabled(if: TestCluster.isRequired), .timeLimit(.minutes(2)))
struct FullDatabaseTests {
    /// 53100 disk_full, as every statement that needs room gets it.
    @Test func fullDiskAsTheServerReportsItIsOutlived() async throws {
        let database = try TestDatabase()
        let outage = try await StoreOutage.play(
            on: database.store(),
            saying: "SQLSTATE 53100",
            break: { try database.sql(Self.refusal) },
            mend: { try database.sql("DROP FUNCTION no_room CASCADE") }
        )
        #expect(outage == .outlived)
    }

    @Test func readOnlyDatabaseIsOutlived() async throws {
        let database = try TestDatabase()
        let outage = try await StoreOutage.play(
            on: database.store(),
            saying: "SQLSTATE 25006",
            break: {
                try database.sql("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
                try database.cutConnections()
            },
            mend: {
                try database.sql("BEGIN READ WRITE; ALTER DATABASE \(database.name) RESET ALL; COMMIT")
                try database.cutConnections()
            }
        )
        #expect(outage == .outlived)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a small disk takes root"))
    func diskThatIsReallyFullIsOutlived() async throws {
        let disk = try SmallDisk(megabytes: 3)
        // Nobody makes room behind our back.
        let cluster = try TestCluster(settings: ["autovacuum=off"])
        defer { cluster.stop() }
        let database = try TestDatabase(on: cluster)
        let store = try await database.store()
        try database.sql("CREATE TABLESPACE small LOCATION '\(disk.folder)'")
        try database.sql(Self.moveToSmallDisk)
        let outage = try await StoreOutage.play(
            on: store,
            saying: "SQLSTATE 53100",
            break: { try database.sql(Self.fill) },
            mend: { try database.sql("DROP TABLE filler") }
        )
        #expect(outage == .outlived)
    }

    @Test func batchThatFindsNoRoomIsNotWrittenInPart() async throws {
        let database = try TestDatabase()
        let store = try await database.store()
        try database.sql(Self.refusal)
        try database.sql("DROP TRIGGER no_room ON rls_watchers")
        let error = await #expect(throws: PostgresError.self) {
            try await store.commit([
                .putDialog(TestRecords.dialog(1), known: false),
                .putState(TestRecords.state(1, "sip:bob@example.org"), known: false),
            ])
        }
        #expect(error?.code == .refused)
        #expect(error?.sqlState == "53100")
        #expect(try await store.content().dialogs.isEmpty)
    }

    private static let refusal = """
        CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE disk_full USING MESSAGE = 'could not extend file: No space left on device'; END $$;
        CREATE TRIGGER no_room BEFORE INSERT OR UPDATE OR DELETE ON rls_watchers EXECUTE FUNCTION no_room();
        CREATE TRIGGER no_room BEFORE INSERT OR UPDATE OR DELETE ON rls_presentity EXECUTE FUNCTION no_room()
        """

    /// `fillfactor` 100: no room is left in pages for later versions of their rows either.
    private static let moveToSmallDisk = """
        ALTER TABLE rls_watchers SET (fillfactor = 100), SET TABLESPACE small;
        ALTER TABLE rls_presentity SET (fillfactor = 100), SET TABLESPACE small;
        ALTER INDEX ALL IN TABLESPACE pg_default SET TABLESPACE small
        """

    /// Takes all of the disk with a table that can be dropped, then what is left in pages of the tables that are there.
    private static let fill = """
        CREATE TABLE filler (filling text) TABLESPACE small;
        ALTER TABLE filler ALTER COLUMN filling SET STORAGE PLAIN;
        DO $$ BEGIN LOOP
            BEGIN INSERT INTO filler VALUES (repeat('x', 7000)); EXCEPTION WHEN disk_full THEN EXIT; END;
        END LOOP; END $$;
        DO $$ BEGIN FOR n IN 1..100000 LOOP
            BEGIN
                INSERT INTO rls_watchers (presentity_uri, to_user, to_domain, watcher_username, watcher_domain, event,
                    event_id, to_tag, from_tag, callid, local_cseq, remote_cseq, contact, record_route, expires, status,
                    reason, version, socket_info, local_contact)
                VALUES ('', '', '', '', '', '', '', '', '', n, 0, 0, '', '', 0, 0, '', 0, '', '');
            EXCEPTION WHEN disk_full THEN EXIT; END;
        END LOOP; END $$;
        DO $$ BEGIN FOR n IN 1..100000 LOOP
            BEGIN
                INSERT INTO rls_presentity (rlsubs_did, resource_uri, content_type, presence_state, expires, updated,
                    auth_state, reason)
                VALUES (n, '', '', '', 0, -1, 2, '');
            EXCEPTION WHEN disk_full THEN EXIT; END;
        END LOOP; END $$
        """
}
#endif
