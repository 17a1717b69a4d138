// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import Testing

@testable import RLSPostgres

/// One change that cannot be written never holds up the others.
@Suite(.enabled(if: TestCluster.isRequired))
struct RejectionTests {
    @Test func valueTooLongForItsColumnIsRefusedAloneAndNamed() async throws {
        let store = try await TestDatabase().store(.openSIPS)
        let long = "sip:alice@" + String(repeating: "x", count: 60)
        let rejections = try await store.commit([
            .putDialog(TestRecords.dialog(1), known: false),
            .putDialog(TestRecords.dialog(2) { $0.contact = long }, known: false),
            .putState(TestRecords.state(1, "sip:" + String(repeating: "b", count: 300)), known: false),
            .putDialog(TestRecords.dialog(3), known: false),
        ])
        #expect(
            rejections == [
                RLSRejection(index: 1, reason: "rls_watchers.contact holds 64 characters, the value has 70"),
                RLSRejection(index: 2, reason: "rls_presentity.resource_uri holds 255 characters, the value has 304"),
            ]
        )
        #expect(try await store.content().dialogs.map(\.key.callID) == ["call-1", "call-3"])
    }

    @Test func charactersCountNotOctets() async throws {
        let store = try await TestDatabase().store(.openSIPS)
        let fits = TestRecords.dialog(1) { $0.key.callID = String(repeating: "é", count: 64) }
        let tooLong = TestRecords.dialog(2) { $0.key.callID = String(repeating: "é", count: 65) }
        let rejections = try await store.commit([.putDialog(fits, known: false), .putDialog(tooLong, known: false)])
        #expect(
            rejections
                == [RLSRejection(index: 1, reason: "rls_watchers.callid holds 64 characters, the value has 65")]
        )
        #expect(try await store.content().dialogs.map(\.key) == [fits.key])
    }

    @Test func octetsCountWhereTheDatabaseKnowsNoCharacters() async throws {
        let admin = try TestDatabase()
        try admin.sql("CREATE DATABASE ascii\(admin.name) ENCODING SQL_ASCII TEMPLATE template0")
        let database = try TestDatabase(existing: "ascii\(admin.name)", on: admin.cluster)
        let store = try await database.store(.openSIPS)
        let fits = TestRecords.dialog(1) { $0.key.callID = String(repeating: "é", count: 32) }
        let tooLong = TestRecords.dialog(2) { $0.key.callID = String(repeating: "é", count: 33) }
        let rejections = try await store.commit([.putDialog(fits, known: false), .putDialog(tooLong, known: false)])
        #expect(rejections == [RLSRejection(index: 1, reason: "rls_watchers.callid holds 64 octets, the value has 66")])
        #expect(try await store.content().dialogs.map(\.key) == [fits.key])
    }

    @Test func textWithNULIsRefusedAlone() async throws {
        let store = try await TestDatabase().store()
        let rejections = try await store.commit([
            .putDialog(TestRecords.dialog(1) { $0.contact = "sip:a\0b" }, known: false),
            .deleteDialog(RLSDialogKey(callID: "\0", watcherTag: "", localTag: "")),
            .putDialog(TestRecords.dialog(2), known: true),
        ])
        #expect(
            rejections
                == [RLSRejection(index: 0, reason: "rls_watchers.contact cannot hold the NUL in this value")]
        )
        #expect(try await store.content().dialogs.map(\.key.callID) == ["call-2"])
    }

    @Test(arguments: [false, true])
    func rowThatAConstraintRefusesIsFoundAndTheOthersAreWritten(isDeferred: Bool) async throws {
        let database = try TestDatabase()
        let store = try await database.store()
        if isDeferred {
            try database.sql(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF NEW.event = 'secret' THEN RAISE EXCEPTION 'no: %', NEW.event; END IF; RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON rls_watchers DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION refuse()
                """
            )
        } else {
            try database.sql("ALTER TABLE rls_watchers ADD CONSTRAINT no_secrets CHECK (event <> 'secret')")
        }
        let bad: Set<Int> = [17, 18, 700, 1_203]
        let batch = (0..<1_204).map { number in
            RLSRecordChange.putDialog(
                TestRecords.dialog(number) { $0.event = bad.contains(number) ? "secret" : "presence" },
                known: number % 2 == 0
            )
        }
        let rejections = try await store.commit(batch)
        #expect(rejections.map(\.index) == bad.sorted())
        for rejection in rejections {
            #expect(!rejection.reason.contains("secret") || rejection.reason.contains("constraint no_secrets"))
        }
        #expect(try database.number("SELECT count(*) FROM rls_watchers") == 1_200)
    }

    @Test func widenedColumnIsNoticed() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.openSIPS)
        let dialog = TestRecords.dialog(1) { $0.contact = "sip:alice@" + String(repeating: "x", count: 100) }
        #expect(try await store.commit([.putDialog(dialog, known: false)]).count == 1)
        try database.sql("ALTER TABLE rls_watchers ALTER COLUMN contact TYPE varchar(128)")
        #expect(try await store.commit([.putDialog(dialog, known: false)]) == [])
        #expect(try await store.content().dialogs.map(\.contact) == [dialog.contact])
    }

    @Test func columnAddedWhileWeRunIsFilled() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.openSIPS)
        _ = try await store.commit([.putDialog(TestRecords.dialog(1), known: false)])
        try database.sql("DELETE FROM rls_watchers; ALTER TABLE rls_watchers ADD COLUMN sharing varchar(8) NOT NULL")
        #expect(try await store.commit([.putDialog(TestRecords.dialog(2), known: false)]) == [])
        #expect(try await store.commit([.putDialog(TestRecords.dialog(1), known: true)]) == [])
        #expect(try database.number("SELECT count(*) FROM rls_watchers WHERE sharing = ''") == 2)
    }

    @Test func ourColumnIsUsedAsSoonAsItIsThere() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.openSIPS)
        let dialog = TestRecords.dialog(1) { $0.watcher = "sip:bob@example.net" }
        _ = try await store.commit([.putDialog(dialog, known: false)])
        #expect(try await store.content().dialogs == [])
        try database.sql("ALTER TABLE rls_watchers ADD COLUMN dialog_ext text")
        #expect(try await store.commit([.putDialog(dialog, known: true)]) == [])
        #expect(try await store.content().dialogs == [dialog])
    }

    @Test func updatesTakeNoSequenceValues() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.openSIPS)
        let dialogs = (0..<10).map { TestRecords.dialog($0) }
        let states = (0..<10).map { TestRecords.state($0, "sip:bob@example.org") }
        _ = try await store.commit(
            dialogs.map { .putDialog($0, known: false) } + states.map { .putState($0, known: false) }
        )
        for table in ["rls_watchers", "rls_presentity"] {
            try database.sql(
                "ALTER SEQUENCE \(table)_id_seq NO CYCLE; SELECT setval('\(table)_id_seq', 2147483647 - 10)"
            )
        }
        for _ in 0..<50 {
            let batch: [RLSRecordChange] =
                dialogs.map { .putDialog($0, known: true) } + states.map { .putState($0, known: true) }
            #expect(try await store.commit(batch) == [])
        }
        let new: [RLSRecordChange] =
            (10..<20).map { .putDialog(TestRecords.dialog($0), known: false) }
            + (10..<20).map { .putState(TestRecords.state($0, "sip:bob@example.org"), known: false) }
        #expect(try await store.commit(new) == [])
        #expect(try database.number("SELECT last_value FROM rls_watchers_id_seq") == 2_147_483_647)
        // One more value than there is: an error of the database, not of the row.
        await #expect(throws: PostgresError.self) {
            try await store.commit([.putDialog(TestRecords.dialog(99), known: false)])
        }
    }
}
#endif
