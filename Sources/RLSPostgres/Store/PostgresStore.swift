// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
public import RLSCore
public import ResourceListServer

/// A store in PostgreSQL, in the documented tables `rls_watchers` and `rls_presentity` of OpenSIPS and Kamailio.
///
/// It connects when it is first used and again, with back-off, whenever the connection is gone; while the database is away
/// calls fail at once. Tables are taken as they are: the catalogue says which columns there are and how wide they are.
/// ``PostgresMigration`` creates them.
public final class PostgresStore: RLSStore {
    let configuration: PostgresStoreConfiguration
    let pool: ConnectionPool
    let epochSeconds: @Sendable () -> Int64
    /// What the catalogue said when it was last asked.
    let tables = CachedTables()
    let cleaning = CleaningPosition()

    /// Creates a store; nothing is connected yet.
    ///
    /// - Parameter epochSeconds: the clock that says what has expired.
    public init(
        _ configuration: PostgresStoreConfiguration,
        epochSeconds: @escaping @Sendable () -> Int64 = RLSEnvironment.system.epochSeconds
    ) {
        self.configuration = configuration
        self.epochSeconds = epochSeconds
        self.pool = ConnectionPool(configuration.connectionOptions, connections: configuration.connections)
    }

    /// Closes the connections when what runs is done. What waits and what comes later fails.
    public func shutdown() {
        self.pool.close()
    }

    /// Connects and looks at the tables, to find a wrong configuration early.
    ///
    /// - Throws: ``PostgresError``.
    public func verify() async throws {
        try await self.run { connection, store in
            _ = try store.currentTables(connection, isFresh: true)
        }
    }

    /// Writes a batch in one transaction; see ``RLSStore/commit(_:)``.
    ///
    /// - Throws: ``PostgresError``, or CancellationError when the task was cancelled before it began.
    public func commit(_ batch: [RLSRecordChange]) async throws -> [RLSRejection] {
        guard !batch.isEmpty else { return [] }
        let order = DialogOrder(of: batch)
        return try await self.run(dialogs: order) { connection, store in
            try store.write(batch, order, connection)
        }
    }

    private func write(
        _ batch: [RLSRecordChange],
        _ order: DialogOrder,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> [RLSRejection] {
        var tables = try self.currentTables(connection)
        var plan = BatchPlan(batch, order, tables: tables)
        if !plan.rejections.isEmpty || plan.isMissingExtension {
            // Perhaps somebody has widened the column, or added ours, since the catalogue was read.
            tables = try self.currentTables(connection, isFresh: true)
            plan = BatchPlan(batch, order, tables: tables)
        }
        let refused = try self.write(plan, tables, connection)
        guard !refused.isEmpty else { return plan.rejections }
        // Perhaps the server refused rows because a column has come or has become narrower since.
        let refusals = self.repeatRefused(refused, of: batch, tables, connection)
        return (plan.rejections + refusals).sorted { $0.index < $1.index }
    }

    private func write(
        _ plan: BatchPlan,
        _ tables: StoreTables,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> [RLSRejection] {
        let steps = BatchStep.steps(of: plan, size: self.configuration.batchSize)
        return try BatchWriter(connection: connection, tables: tables, rows: plan.rows).write(steps)
    }

    /// Writes refused changes again if the tables have changed since their statements were made.
    private func repeatRefused(
        _ refused: [RLSRejection],
        of batch: [RLSRecordChange],
        _ tables: StoreTables,
        _ connection: PostgresConnection
    ) -> [RLSRejection] {
        do throws(PostgresError) {
            let current = try self.currentTables(connection, isFresh: true)
            guard current.dialogs.layout != tables.dialogs.layout || current.states.layout != tables.states.layout
            else { return refused }
            let again = refused.filter { batch.indices.contains($0.index) }.map(\.index)
            let changes = again.map { batch[$0] }
            let plan = BatchPlan(changes, DialogOrder(of: changes), tables: current)
            let rejections = try plan.rejections + self.write(plan, current, connection)
            return rejections.map { RLSRejection(index: again[$0.index], reason: $0.reason) }
        } catch {
            // All others are in the database already: this must not look as if nothing was written.
            return refused
        }
    }

    /// Runs `body` on one of the connections.
    func run<Value: Sendable>(
        dialogs: DialogOrder = DialogOrder(),
        isRepeatable: @escaping @Sendable () -> Bool = { true },
        _ body: @escaping @Sendable (PostgresConnection, PostgresStore) throws -> Value
    ) async throws -> Value {
        try await self.pool.run(
            dialogs: dialogs,
            isRepeatable: isRepeatable,
            tablesChanged: { self.tables.forget() },
            { connection in try body(connection, self) }
        )
    }

    /// The tables as the catalogue describes them.
    ///
    /// - Parameter isFresh: ask the catalogue now.
    func currentTables(
        _ connection: PostgresConnection,
        isFresh: Bool = false
    ) throws(PostgresError) -> StoreTables {
        if !isFresh, let tables = self.tables.value { return tables }
        let tables = try StoreTables.read(
            watchers: TableName(self.configuration.watchersTable),
            states: TableName(self.configuration.statesTable),
            connection
        )
        self.tables.value = tables
        return tables
    }
}

/// What the catalogue said when it was last asked.
final class CachedTables: Sendable {
    private let tables = Monitor<StoreTables?>(nil)

    var value: StoreTables? {
        get { self.tables.withLock { $0 } }
        set { self.tables.withLock { $0 = newValue } }
    }

    func forget() {
        self.value = nil
    }
}
#endif
