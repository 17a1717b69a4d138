// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import Testing

@testable import RLSPostgres

/// Columns and their meaning in the tables of OpenSIPS, of Kamailio and our own.
@Suite(.enabled(if: TestCluster.isRequired))
struct LayoutTests {
    @Test(arguments: TestLayout.allCases)
    func columnsHaveTheDocumentedMeaning(_ layout: TestLayout) async throws {
        let database = try TestDatabase()
        let store = try await database.store(layout)
        let dialog = TestRecords.dialog(1) { $0.routeSet = ["<sip:p1;lr>", "<sip:p2;lr>"] }
        let rejections = try await store.commit([
            .putDialog(dialog, known: false), .putState(TestRecords.state(1, "sip:bob@example.org"), known: false),
        ])
        #expect(rejections == [])
        let columns = """
            SELECT presentity_uri, to_user, to_domain, watcher_username, watcher_domain, event, event_id, to_tag, from_tag,
            callid, local_cseq, remote_cseq, contact, record_route, status, reason, socket_info, local_contact,
            expires = \(TestRecords.expires) FROM rls_watchers
            """
        #expect(
            try database.rows(columns) == [
                """
                (sip:alice-list@example.org,alice-list,example.org,alice,example.org,presence,"",l1,w1,call-1,300,2,\
                sip:alice@192.0.2.1:5062,"<sip:p1;lr>,<sip:p2;lr>",1,"",udp:192.0.2.10:5060,sip:rls@192.0.2.10:5060,t)
                """
            ]
        )
        #expect(
            try database.rows(
                "SELECT rlsubs_did, resource_uri, content_type, updated, auth_state, reason FROM rls_presentity"
            )
                == ["(call-1;w1;l1,sip:bob@example.org,application/pidf+xml,-1,2,\"\")"]
        )
    }

    @Test func versionIsOneMoreInOpenSIPSTablesAndNotInKamailios() async throws {
        for (layout, stored) in [(TestLayout.openSIPS, "(257)"), (.own, "(257)"), (.kamailio, "(256)")] {
            let database = try TestDatabase()
            let store = try await database.store(layout)
            _ = try await store.commit([.putDialog(TestRecords.dialog(1), known: false)])
            #expect(try database.rows("SELECT version FROM rls_watchers") == [stored], "\(layout)")
            #expect(try await store.content().dialogs.map(\.version) == [256], "\(layout)")
        }
    }

    @Test func kamailiosExtraColumnsAreFilled() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.kamailio)
        let dialog = TestRecords.dialog(1) { $0.watcher = "sip:bob@example.net" }
        _ = try await store.commit([.putDialog(dialog, known: false)])
        #expect(
            try database.rows(
                "SELECT watcher_username, watcher_domain, from_user, from_domain, updated, reason FROM rls_watchers"
            ) == ["(bob,example.net,alice,example.org,-1,\"\")"]
        )
        let restored = try await store.content().dialogs.first
        #expect(restored?.watcher == "sip:bob@example.net")
        #expect(restored?.from == "sip:alice@example.org")
    }

    @Test func rowOfOpenSIPSIsRestored() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.openSIPS)
        try database.sql(
            """
            INSERT INTO rls_watchers (presentity_uri, to_user, to_domain, watcher_username, watcher_domain, event, event_id,
                to_tag, from_tag, callid, local_cseq, remote_cseq, contact, record_route, expires, status, reason, version,
                socket_info, local_contact)
            VALUES ('sip:friends@example.org', 'friends', 'example.org', 'alice', 'example.org', 'presence', NULL, 'abc.1',
                'zzz', 'call@host', 7, 3, 'sip:alice@198.51.100.7:5071;ob', '<sip:p1;lr>,<sip:p2;lr>',
                \(TestRecords.expires), 0, '', 9, 'udp:192.0.2.10:5060', 'sip:192.0.2.10:5060');
            INSERT INTO rls_presentity (rlsubs_did, resource_uri, content_type, presence_state, expires, updated, auth_state,
                reason)
            VALUES ('call@host;zzz;abc.1', 'sip:bob@example.org', 'application/pidf+xml', 'x', 0, 1, 2, '')
            """
        )
        let content = try await store.content()
        let dialog = try #require(content.dialogs.first)
        #expect(dialog.key == RLSDialogKey(callID: "call@host", watcherTag: "zzz", localTag: "abc.1"))
        #expect(dialog.to == "sip:friends@example.org")
        #expect(dialog.from == "sip:alice@example.org")
        #expect(dialog.watcher == dialog.from)
        #expect(dialog.eventID == "")
        #expect(dialog.version == 8)
        #expect(dialog.localCSeq == 7)
        #expect(dialog.status == .active)
        #expect(dialog.routeSet == ["<sip:p1;lr>", "<sip:p2;lr>"])
        #expect(dialog.accept == nil)
        #expect(!dialog.isClean)
        #expect(dialog.path.local == SIPPath.Address(host: "192.0.2.10", port: 5060))
        // Not known where it came from: NOTIFYs go to the Contact.
        #expect(dialog.path.remote == SIPPath.Address(host: "198.51.100.7", port: 5071))
        #expect(content.states.map(\.body) == [Array("x".utf8)])
    }

    @Test func rowThatNobodyCanReadIsLeftOutAndOthersAreNot() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.own)
        _ = try await store.commit((1...5).map { .putDialog(TestRecords.dialog($0), known: false) })
        try database.sql(
            """
            UPDATE rls_watchers SET status = 3 WHERE callid = 'call-1';
            UPDATE rls_watchers SET socket_info = 'nonsense' WHERE callid = 'call-2';
            UPDATE rls_watchers SET dialog_ext = E'v=2\\nfrom=sip:other@example.org' WHERE callid = 'call-3';
            UPDATE rls_watchers SET local_cseq = -5, version = -7, event_id = NULL, record_route = NULL
                WHERE callid = 'call-4'
            """
        )
        let dialogs = try await store.content().dialogs
        #expect(dialogs.map(\.key.callID) == ["call-4", "call-5"])
        #expect(dialogs.first?.localCSeq == 0)
        #expect(dialogs.first?.version == 0)
    }

    @Test func linesOfOurColumnThatANewerVersionWroteAreSkipped() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.own)
        _ = try await store.commit([.putDialog(TestRecords.dialog(1) { $0.assertsIdentity = true }, known: false)])
        try database.sql("UPDATE rls_watchers SET dialog_ext = dialog_ext || E'\\nnewer=1\\nother-thing=a=b'")
        let dialogs = try await store.content().dialogs
        #expect(dialogs.map(\.assertsIdentity) == [true])
    }

    @Test(arguments: [TestLayout.openSIPS, .kamailio])
    func dialogWhoseIdentityTheTableCannotHoldIsNotRestored(_ layout: TestLayout) async throws {
        let database = try TestDatabase()
        let store = try await database.store(layout)
        let rejections = try await store.commit([
            .putDialog(TestRecords.dialog(1) { $0.to = "sip:alice-list@example.org;user=phone" }, known: false),
            .putDialog(TestRecords.dialog(2) { $0.isLegacyClient = true }, known: false),
            .putDialog(TestRecords.dialog(3) { $0.eventParameters = ";a=b" }, known: false),
            .putDialog(TestRecords.dialog(4) { $0.accept = "multipart/related" }, known: false),
            .putDialog(TestRecords.dialog(5) { $0.assertsIdentity = true }, known: false),
        ])
        #expect(rejections == [])
        #expect(
            try database.rows("SELECT callid, reason FROM rls_watchers ORDER BY callid") == [
                "(call-1,not-restorable)", "(call-2,not-restorable)", "(call-3,not-restorable)", "(call-4,\"\")",
                "(call-5,not-restorable)",
            ]
        )
        #expect(try await store.content().dialogs.map(\.key.callID) == ["call-4"])
    }

    @Test func otherIdentityIsNotRestoredFromOpenSIPSTablesWithoutOurColumn() async throws {
        let store = try await TestDatabase().store(.openSIPS)
        _ = try await store.commit([
            .putDialog(TestRecords.dialog(1) { $0.watcher = "sip:x@example.org" }, known: false)
        ])
        #expect(try await store.content().dialogs == [])
    }

    @Test func timesBeyond2038AreStoredAsTheLastOneThatFits() async throws {
        let store = try await TestDatabase().store(.own)
        let dialog = TestRecords.dialog(1) {
            $0.expires = 5_000_000_000
            $0.remoteCSeq = .max
        }
        #expect(try await store.commit([.putDialog(dialog, known: false)]) == [])
        let restored = try await store.content().dialogs.first
        #expect(restored?.expires == 2_147_483_647)
        #expect(restored?.remoteCSeq == 2_147_483_647)
    }

    @Test func tablesMayHaveOtherNamesAndStandInASchema() async throws {
        let database = try TestDatabase()
        try database.sql("CREATE SCHEMA \"S x\"")
        let store = try await database.store(.own) {
            $0.watchersTable = "S x.my\"watchers"
            $0.statesTable = "S x.states"
        }
        let changes: [RLSRecordChange] = [
            .putDialog(TestRecords.dialog(1), known: false),
            .putState(TestRecords.state(1, "sip:bob@example.org"), known: true),
        ]
        #expect(try await store.commit(changes) == [])
        try await store.clean()
        #expect(try await store.content().states.count == 1)
    }

    @Test func tableWithoutUniqueKeyIsWrittenToo() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.openSIPS)
        try database.sql("ALTER TABLE rls_watchers DROP CONSTRAINT rls_watchers_rls_watcher_idx")
        for round in 0..<3 {
            let dialog = TestRecords.dialog(1) { $0.remoteCSeq = UInt32(round) }
            #expect(try await store.commit([.putDialog(dialog, known: round == 1)]) == [])
        }
        #expect(try database.rows("SELECT remote_cseq FROM rls_watchers") == ["(2)"])
    }

    @Test func missingTableAndMissingColumnAreSaidClearly() async throws {
        let database = try TestDatabase()
        let store = PostgresStore(try database.configuration())
        await #expect(throws: PostgresError(.unusableTable, "table rls_watchers does not exist; migrate creates it")) {
            try await store.verify()
        }
        try database.sql(TestLayout.openSIPS.script + "ALTER TABLE rls_watchers DROP COLUMN contact")
        await #expect(throws: PostgresError(.unusableTable, "table rls_watchers has no column contact")) {
            try await store.verify()
        }
    }
}
#endif
