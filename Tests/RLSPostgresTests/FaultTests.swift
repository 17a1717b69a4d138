// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import Foundation
import RLSCore
import Testing

@testable import RLSPostgres

/// The server stops, stalls, cuts connections and refuses to write; nothing that was taken is lost.
@Suite(.enabled(if: TestCluster.isRequired), .timeLimit(.minutes(2)))
struct FaultTests {
    @Test(arguments: ["INT", "QUIT"])
    func serverThatStopsAndComesBackIsUsedAgain(signal: String) async throws {
        let cluster = try TestCluster()
        let store = try await TestDatabase(on: cluster).store()
        #expect(try await store.commit([.putDialog(TestRecords.dialog(1), known: false)]) == [])
        cluster.stop(signal)
        for _ in 0..<3 {
            let error = await #expect(throws: PostgresError.self) {
                try await store.commit([.putDialog(TestRecords.dialog(2), known: false)])
            }
            #expect(error?.code == .unavailable)
        }
        try cluster.start()
        // The pause before the next attempt to connect is a second at most by now.
        try await Self.eventually {
            try await store.commit([.putDialog(TestRecords.dialog(3), known: false)])
        }
        #expect(try await store.content().dialogs.map(\.key.callID) == ["call-1", "call-3"])
    }

    @Test func attemptsWhileTheServerIsAwayFailWithoutSecrets() async throws {
        var configuration = try PostgresStoreConfiguration("host=/nonexistent user=x password=s3cret")
        configuration.connections = 1
        let store = PostgresStore(configuration)
        for _ in 0..<100 {
            let error = await #expect(throws: PostgresError.self) { try await store.verify() }
            #expect(error?.code == .unavailable)
            #expect(error?.description.contains("s3cret") == false)
        }
    }

    @Test func idleConnectionsThatWereCutAreReplacedUnnoticed() async throws {
        let database = try TestDatabase()
        let store = try await database.store { $0.connections = 3 }
        for round in 0..<6 {
            #expect(try await store.commit([.putDialog(TestRecords.dialog(round), known: false)]) == [])
            try database.cutConnections()
        }
        #expect(try await store.content().dialogs.count == 6)
    }

    @Test func batchWhoseConnectionIsCutInTheMiddleIsWrittenWholeOnANewOne() async throws {
        let database = try TestDatabase()
        let store = try await database.store()
        let old: [RLSRecordChange] = (0..<3).map { .putDialog(TestRecords.dialog($0), known: false) }
        _ = try await store.commit(old)
        // Somebody holds the last table that the batch needs.
        let blocker = try database.connection()
        try blocker.executeScript("BEGIN; LOCK TABLE rls_presentity")
        let commit = Task {
            try await store.commit([
                .deleteState(TestRecords.key(0), resourceURI: "sip:none@example.org"),
                .putDialog(TestRecords.dialog(1) { $0.remoteCSeq = 9 }, known: true),
                .putState(TestRecords.state(2, "sip:bob@example.org"), known: false),
            ])
        }
        try await Self.eventually { try database.requireBlockedStatement() }
        try database.cutConnections()
        try blocker.executeScript("ROLLBACK")
        #expect(try await commit.value == [])
        let content = try await store.content()
        #expect(content.dialogs.map(\.remoteCSeq) == [2, 9, 2])
        #expect(content.states.count == 1)
    }

    @Test func statementThatTakesTooLongFailsAndTheNextOneWorks() async throws {
        let database = try TestDatabase()
        let store = try await database.store { $0.statementTimeout = .milliseconds(200) }
        let blocker = try database.connection()
        try blocker.executeScript("BEGIN; LOCK TABLE rls_watchers IN ACCESS EXCLUSIVE MODE")
        // The catalogue can be read meanwhile, the table not be written.
        let error = await #expect(throws: PostgresError.self) {
            try await store.commit([.putDialog(TestRecords.dialog(1), known: true)])
        }
        #expect(error?.code == .timedOut)
        try blocker.executeScript("ROLLBACK")
        #expect(try await store.commit([.putDialog(TestRecords.dialog(2), known: true)]) == [])
        #expect(try await store.content().dialogs.map(\.key.callID) == ["call-2"])
    }

    @Test func readOnlyDatabaseRefusesTheWholeBatchAndIsUsedWhenItMayBeWritten() async throws {
        let database = try TestDatabase()
        let store = try await database.store()
        try database.sql("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
        try database.cutConnections()
        let error = await #expect(throws: PostgresError.self) {
            try await store.commit([.putDialog(TestRecords.dialog(1), known: false)])
        }
        #expect(error?.sqlState == "25006")
        try database.sql("BEGIN READ WRITE; ALTER DATABASE \(database.name) RESET ALL; COMMIT")
        try database.cutConnections()
        #expect(try await store.commit([.putDialog(TestRecords.dialog(1), known: false)]) == [])
    }

    @Test func tableMadeAnewWhileWeRunIsUsed() async throws {
        let database = try TestDatabase()
        let store = try await database.store(.openSIPS)
        _ = try await store.commit([.putDialog(TestRecords.dialog(1), known: false)])
        try database.sql("DROP TABLE rls_watchers, rls_presentity, version;" + TestLayout.kamailio.script)
        #expect(try await store.commit([.putDialog(TestRecords.dialog(2), known: false)]) == [])
        #expect(try database.rows("SELECT from_user FROM rls_watchers") == ["(alice)"])
    }

    @Test func cancelledCommitThatHasNotBegunIsNotWritten() async throws {
        let database = try TestDatabase()
        let store = try await database.store { $0.connections = 1 }
        let blocker = try database.connection()
        try blocker.executeScript("BEGIN; LOCK TABLE rls_watchers")
        let first = Task { try await store.commit([.putDialog(TestRecords.dialog(1), known: false)]) }
        try await Self.eventually { try database.requireBlockedStatement() }
        let second = Task { try await store.commit([.putDialog(TestRecords.dialog(2), known: false)]) }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        try blocker.executeScript("ROLLBACK")
        #expect(try await first.value == [])
        #expect(try await store.content().dialogs.map(\.key.callID) == ["call-1"])
    }

    /// More than there are threads for tasks: those that wait do it on threads of their own.
    @Test func connectionsThatWaitHoldUpNobodyElse() async throws {
        let database = try TestDatabase()
        let connections = 4 * ProcessInfo.processInfo.activeProcessorCount
        let store = try await database.store { $0.connections = connections }
        let blocker = try database.connection()
        try blocker.executeScript("BEGIN; LOCK TABLE rls_watchers")
        let commits = (0..<connections).map { number in
            Task { try await store.commit([.putDialog(TestRecords.dialog(number), known: false)]) }
        }
        try await Self.eventually { try database.requireBlockedStatements(connections) }
        await Task.detached {}.value
        try blocker.executeScript("ROLLBACK")
        for commit in commits {
            #expect(try await commit.value == [])
        }
    }

    @Test func afterShutdownCallsFail() async throws {
        let store = try await TestDatabase().store()
        store.shutdown()
        let error = await #expect(throws: PostgresError.self) { try await store.clean() }
        #expect(error?.code == .closed)
    }

    /// Tries again for a while, for what another process does in its own time.
    static func eventually<Value: Sendable>(_ body: () async throws -> Value) async throws {
        let limit = ContinuousClock.now + .seconds(20)
        while true {
            do {
                _ = try await body()
                return
            } catch {
                guard ContinuousClock.now < limit else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}

extension TestDatabase {
    struct NotBlocked: Error {}

    /// Ends all other connections to this database.
    func cutConnections() throws {
        try self.connection().executeScript(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'resource-list-server'
                AND pid <> pg_backend_pid() AND state <> 'idle in transaction'
            """
        )
    }

    func requireBlockedStatement() throws { try self.requireBlockedStatements(1) }

    func requireBlockedStatements(_ least: Int) throws {
        let count = try self.number(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        if count < least { throw NotBlocked() }
    }
}
#endif
