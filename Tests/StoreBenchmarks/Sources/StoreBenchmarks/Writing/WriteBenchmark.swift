// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSPostgres
import ResourceListServer

/// Rows written by the store, beside COPY of the very same rows straight into the same table in batches of the same size.
///
/// COPY cannot update, and does not look for conflicts: it is the ceiling, not a way to do it. Rounds of each take turns,
/// so that other work on the machine meets both.
///
/// Rows are updated in two orders: as they come in a server, where dialogs and states change independently of each other, a
/// batch touches few rows of a page; and as they were inserted, where a batch touches all rows of its pages, and
/// `fillfactor` 70 leaves room for the new versions of less than half of them.
struct WriteBenchmark {
    static let rows = 50_000
    static let batch = 500
    static let rounds = 5

    private let database: String
    private let postmaster: Int32
    private let store: PostgresStore
    private let copy: CopyConnection

    init(database: String, postmaster: Int32) async throws {
        self.database = database
        self.postmaster = postmaster
        let configuration = try PostgresStoreConfiguration(database)
        _ = try await PostgresMigration(configuration).run()
        self.store = PostgresStore(configuration)
        self.copy = try CopyConnection(database)
    }

    func run() async throws {
        let table = Table(
            "\(Self.rows) rows, \(Self.batch) a batch",
            "rows/s",
            "of COPY",
            "CPU µs/row",
            "client",
            "server"
        )
        let expires = RLSEnvironment.system.epochSeconds() + 3_600
        try await self.measure("rls_watchers", table) { number, round in
            .putDialog(Records.dialog(number, cSeq: UInt32(257 + round), expires: expires), known: round > 0)
        }
        try await self.measure("rls_presentity", table) { number, round in
            .putState(Records.state(number % 20, of: number / 20, version: round, expires: expires), known: round > 0)
        }
        self.store.shutdown()
    }

    private func measure(
        _ name: String,
        _ table: Table,
        _ change: (_ number: Int, _ round: Int) -> RLSRecordChange
    ) async throws {
        let inserts = Self.batches { change($0, 0) }
        for batch in inserts { _ = try await self.store.commit(batch) }
        let columns = try self.copy.run(
            """
            SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
            FROM information_schema.columns WHERE table_name = '\(name)' AND column_name <> 'id'
            """
        )
        let rows = try self.copy.rows("SELECT \(columns) FROM \(name) ORDER BY id")
        let copies = stride(from: 0, to: rows.count, by: Self.batch).map {
            CopyBatch(rows[$0..<min($0 + Self.batch, rows.count)])
        }
        var copied: [Cost] = []
        var inserted: [Cost] = []
        var updated: [Cost] = []
        var updatedInOrder: [Cost] = []
        for round in 1...Self.rounds {
            try self.copy.run("TRUNCATE \(name); CHECKPOINT")
            copied.append(
                try await self.cost { for batch in copies { try self.copy.copy(batch, into: "\(name) (\(columns))") } }
            )
            try self.copy.run("TRUNCATE \(name); CHECKPOINT")
            inserted.append(
                try await self.cost { for batch in inserts { _ = try await self.store.commit(batch) } }
            )
            updatedInOrder.append(try await self.update(Self.batches { change($0, round) }))
            try self.copy.run("TRUNCATE \(name); CHECKPOINT")
            for batch in inserts { _ = try await self.store.commit(batch) }
            updated.append(try await self.update(Self.batches { change(Self.scattered($0), round) }))
        }
        let ceiling = copied.median
        Self.row("\(name): COPY", ceiling, ceiling, table)
        Self.row("\(name): insert", inserted.median, ceiling, table)
        Self.row("\(name): update", updated.median, ceiling, table)
        Self.row("\(name): update as inserted", updatedInOrder.median, ceiling, table)
    }

    private func update(_ batches: [[RLSRecordChange]]) async throws -> Cost {
        try await self.cost { for batch in batches { _ = try await self.store.commit(batch) } }
    }

    /// Each number once, in an order in which neighbours come far from each other.
    private static func scattered(_ number: Int) -> Int { number * 7_919 % Self.rows }

    private static func batches(_ change: (Int) -> RLSRecordChange) -> [[RLSRecordChange]] {
        stride(from: 0, to: Self.rows, by: Self.batch).map { first in
            (first..<min(first + Self.batch, Self.rows)).map(change)
        }
    }

    private func cost(_ body: () async throws -> Void) async rethrows -> Cost {
        let server = Processes.serverSeconds(self.postmaster)
        let own = Processes.ownSeconds
        let begun = ContinuousClock.now
        try await body()
        let wall = (ContinuousClock.now - begun).seconds
        return Cost(
            wall: wall,
            client: Processes.ownSeconds - own,
            server: Processes.serverSeconds(self.postmaster) - server
        )
    }

    private static func row(_ name: String, _ cost: Cost, _ ceiling: Cost, _ table: Table) {
        let perRow = 1e6 / Double(Self.rows)
        table.row(
            name,
            Table.text(Double(Self.rows) / cost.wall),
            Table.text(ceiling.wall / cost.wall, 2),
            Table.text((cost.client + cost.server) * perRow, 1),
            Table.text(cost.client * perRow, 1),
            Table.text(cost.server * perRow, 1)
        )
    }
}

/// Seconds of one round.
private struct Cost {
    var wall: Double
    var client: Double
    var server: Double
}

extension [Cost] {
    fileprivate var median: Cost {
        Cost(
            wall: self.map(\.wall).quantile(0.5),
            client: self.map(\.client).quantile(0.5),
            server: self.map(\.server).quantile(0.5)
        )
    }
}
