// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import Synchronization
import Testing

@testable import RLSPostgres

/// Others write the same rows at the same time; every batch is written all the same.
@Suite(.enabled(if: TestCluster.isRequired), .timeLimit(.minutes(3)))
struct ConflictTests {
    @Test func transactionsThatGetInEachOthersWayBothEnd() async throws {
        let database = try TestDatabase()
        let store = try await database.store { $0.connections = 4 }
        // Deadlocks are found soon, so that there is time for many.
        try database.sql("ALTER DATABASE \(database.name) SET deadlock_timeout = '10ms'")
        // Two stores, as after a failover: they may write the same rows in different order.
        var configuration = try database.configuration()
        configuration.connections = 4
        let other = PostgresStore(configuration)
        let dialogs = (0..<50).map { TestRecords.dialog($0) }
        let states = (0..<50).map { TestRecords.state($0, "sip:bob@example.org") }
        let changes =
            dialogs.map { RLSRecordChange.putDialog($0, known: true) }
            + states.map { RLSRecordChange.putState($0, known: true) }
        _ = try await store.commit(changes)
        try await withThrowingTaskGroup(of: [RLSRejection].self) { group in
            for round in 0..<100 {
                group.addTask { try await (round % 2 == 0 ? store : other).commit(changes.shuffled()) }
            }
            for try await rejections in group {
                #expect(rejections == [])
            }
        }
        #expect(try await store.content().dialogs.count == 50)
    }

    /// Neither do others keep to our order, nor do those who insert and those who update the same rows.
    @Test func writersThatTakeTheRowsInTheOppositeOrderDoNotMakeABatchFail() async throws {
        let database = try TestDatabase()
        let store = try await database.store { $0.connections = 2 }
        try database.sql("ALTER DATABASE \(database.name) SET deadlock_timeout = '10ms'")
        let changes = (0..<30).map { RLSRecordChange.putDialog(TestRecords.dialog($0), known: true) }
        _ = try await store.commit(changes)
        let opposition = Opposition(try database.configuration().connectionOptions)
        let work = Task { try await opposition.run() }
        for round in 0..<60 {
            let batch = changes.map { round % 3 == 0 ? Self.asNew($0) : $0 }
            #expect(try await store.commit(batch.shuffled()) == [])
        }
        opposition.end()
        try await work.value
        // Otherwise nothing has been tried.
        #expect(opposition.deadlockCount > 0)
    }

    /// A sequence does not go back with the transaction: the trigger refuses a given number of times.
    @Test(arguments: ["40001", "40P01", "55P03"])
    func conflictsInARowAreOutlived(sqlState: String) async throws {
        let database = try TestDatabase()
        let store = try await database.store()
        try database.sql(Self.conflicts(8, sqlState: sqlState))
        #expect(try await store.commit([.putDialog(TestRecords.dialog(1), known: false)]) == [])
        #expect(try await store.content().dialogs.map(\.key.callID) == ["call-1"])
        #expect(try database.number("SELECT last_value FROM conflicts") == 9)
    }

    @Test func conflictsWithoutEndFailWithinTheTimeLimit() async throws {
        let database = try TestDatabase()
        let store = try await database.store { $0.statementTimeout = .milliseconds(300) }
        try database.sql(Self.conflicts(1_000_000, sqlState: "40001"))
        let error = await #expect(throws: PostgresError.self) {
            try await store.commit([.putDialog(TestRecords.dialog(1), known: false)])
        }
        #expect(error?.sqlState == "40001")
        try database.sql("DROP TRIGGER conflict ON rls_watchers")
        #expect(try await store.commit([.putDialog(TestRecords.dialog(1), known: false)]) == [])
    }

    private static func asNew(_ change: RLSRecordChange) -> RLSRecordChange {
        switch change {
        case .putDialog(let dialog, known: _): .putDialog(dialog, known: false)
        case .putState, .deleteDialog, .deleteState: change
        }
    }

    private static func conflicts(_ count: Int, sqlState: String) -> String {
        """
        CREATE SEQUENCE conflicts;
        CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('conflicts') <= \(count) THEN RAISE SQLSTATE '\(sqlState)'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER conflict BEFORE INSERT ON rls_watchers FOR EACH ROW EXECUTE FUNCTION conflict()
        """
    }
}

/// Two connections that update rows one by one in descending order, until they are told to end.
private final class Opposition: Sendable {
    private let pool: ConnectionPool
    private let isDone = Atomic(false)
    private let deadlocks = Atomic(0)

    init(_ options: PostgresConnectionOptions) {
        self.pool = ConnectionPool(options, connections: 2)
    }

    var deadlockCount: Int { self.deadlocks.load(ordering: .relaxed) }

    func end() {
        self.isDone.store(true, ordering: .relaxed)
    }

    func run() async throws {
        defer { self.pool.close() }
        async let other: Void = self.updateAgainAndAgain()
        try await self.updateAgainAndAgain()
        try await other
    }

    private func updateAgainAndAgain() async throws {
        while !self.isDone.load(ordering: .relaxed) {
            do {
                try await self.pool.run(isRepeatable: { false }) { connection in
                    try connection.executeScript("BEGIN")
                    for number in (0..<30).reversed() {
                        try connection.execute(
                            "UPDATE rls_watchers SET remote_cseq = 5 WHERE callid = $1",
                            [.text("call-\(number)")]
                        )
                    }
                    try connection.executeScript("COMMIT")
                    OwnThread.sleep(milliseconds: 5)
                }
            } catch let error as PostgresError where error.isAboutConcurrency {
                self.deadlocks.add(1, ordering: .relaxed)
            }
        }
    }
}
#endif
