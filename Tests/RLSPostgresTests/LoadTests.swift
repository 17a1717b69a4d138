// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import Foundation
import RLSCore
import Synchronization
import Testing

@testable import RLSPostgres

@Suite(.enabled(if: TestCluster.isRequired), .timeLimit(.minutes(2)))
struct LoadTests {
    private struct Counts {
        var dialogs = 0
        var states = 0
        var largestPage = 0
        var memory = 0
    }

    @Test func manyRecordsAreLoadedInBoundedMemory() async throws {
        let database = try TestDatabase()
        let store = try await database.store()
        // 10,000 dialogs with 20 states of 1,000 bytes each: 200 MB.
        try database.sql(
            """
            INSERT INTO rls_watchers (presentity_uri, to_user, to_domain, watcher_username, watcher_domain, to_tag, from_tag,
                callid, local_cseq, remote_cseq, contact, expires, reason, status, version, socket_info, local_contact)
            SELECT 'sip:l@example.org', 'l', 'example.org', 'alice', 'example.org', 't' || n, 'f' || n, 'c' || n, 1, 1,
                'sip:alice@192.0.2.1', \(TestRecords.expires), '', 1, 1, 'udp:192.0.2.1:5060', 'sip:rls@192.0.2.1'
            FROM generate_series(1, 10000) n;
            INSERT INTO rls_presentity (rlsubs_did, resource_uri, content_type, presence_state, expires, updated, auth_state,
                reason)
            SELECT 'c' || n || ';f' || n || ';t' || n, 'sip:' || m || '@example.org', 'text/plain',
                decode(repeat('61', 1000), 'hex'), 0, -1, 2, ''
            FROM generate_series(1, 10000) n, generate_series(1, 20) m
            """
        )
        let before = Self.residentBytes()
        let counts = Mutex(Counts())
        try await store.load { page in
            counts.withLock { counts in
                for record in page {
                    switch record {
                    case .dialog: counts.dialogs += 1
                    case .state: counts.states += 1
                    }
                }
                counts.largestPage = max(counts.largestPage, page.count)
                counts.memory = max(counts.memory, Self.residentBytes())
            }
        }
        let found = counts.withLock { $0 }
        #expect(found.dialogs == 10_000)
        #expect(found.states == 200_000)
        #expect(found.largestPage <= 1_000)
        #expect(found.memory - before < 60_000_000)
    }

    @Test func cancelledLoadEnds() async throws {
        let store = try await TestDatabase().store()
        _ = try await store.commit((0..<3_000).map { .putDialog(TestRecords.dialog($0), known: false) })
        let (pages, continuation) = AsyncStream.makeStream(of: Int.self)
        let gate = DispatchSemaphore(value: 0)
        let load = Task {
            try await store.load { page in
                continuation.yield(page.count)
                gate.wait()
            }
        }
        for await count in pages {
            #expect(count == 1_000)
            break
        }
        load.cancel()
        gate.signal()
        await #expect(throws: CancellationError.self) { try await load.value }
    }

    /// The next page is under way already: it must not be taken for the answer to what comes then.
    @Test func connectionIsUsedAgainWhenAPageWasRefused() async throws {
        let database = try TestDatabase()
        let store = try await database.store { $0.connections = 1 }
        _ = try await store.commit((0..<3_000).map { .putDialog(TestRecords.dialog($0), known: false) })
        let backend = { try database.rows("SELECT pid FROM pg_stat_activity WHERE \(Self.isOurs)") }
        let before = try backend()
        #expect(before.count == 1)
        struct Refusal: Error {}
        await #expect(throws: Refusal.self) { try await store.load { _ in throw Refusal() } }
        #expect(try await store.commit([.deleteDialog(TestRecords.key(1))]) == [])
        #expect(try await store.content().dialogs.count == 2_999)
        #expect(try backend() == before)
    }

    private static let isOurs =
        "datname = current_database() AND application_name = 'resource-list-server' AND pid <> pg_backend_pid()"

    @Test func cleaningRemovesExpiredDialogsWithTheirStatesAndStatesWithoutDialog() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.openSIPSExtended)
        let past = TestRecords.expires - 7_200
        let expired: [RLSRecordChange] = (0..<450).flatMap { number -> [RLSRecordChange] in
            [
                .putDialog(TestRecords.dialog(number) { $0.expires = past }, known: false),
                .putState(TestRecords.state(number, "sip:bob@example.org"), known: false),
            ]
        }
        let orphans: [RLSRecordChange] = (1_000..<1_010).map { number in
            var state = TestRecords.state(number, "sip:bob@example.org")
            state.expires = past
            return .putState(state, known: false)
        }
        var old = TestRecords.state(500, "sip:old@example.org")
        old.expires = past
        let living: [RLSRecordChange] = [
            .putDialog(TestRecords.dialog(500), known: false), .putState(old, known: false),
            // Its dialog may be on its way.
            .putState(TestRecords.state(501, "sip:bob@example.org"), known: false),
        ]
        #expect(try await store.commit(expired + orphans + living) == [])
        try await store.clean()
        #expect(try database.rows("SELECT callid FROM rls_watchers") == ["(call-500)"])
        #expect(
            try database.rows("SELECT rlsubs_did, resource_uri FROM rls_presentity ORDER BY 1") == [
                "(call-500;w500;l500,sip:old@example.org)", "(call-501;w501;l501,sip:bob@example.org)",
            ]
        )
    }

    private static func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4_096
    }
}
#endif
