// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser
import RLSCore
import RLSPostgres
import RLSProxy
import ResourceListServer

/// Where list subscriptions are kept over a restart. Without a database: nowhere.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "sqlite:FILE, or PostgreSQL: libpq's keywords and values, or a postgres:// URI. Default memory only.",
            valueName: "database"
        )
    )
    var database: String?

    @Option(
        help: ArgumentHelp(
            "When a SUBSCRIBE is on the disk: before-reply or write-behind=SECONDS. Default before-reply.",
            valueName: "when"
        )
    )
    var durability: Durability?

    @Option(help: "How often changed states are written to the database. Default 5.")
    var stateFlushInterval: Seconds?

    @Flag(help: "At SIGTERM, end all list subscriptions although the database could keep them.")
    var drain = false

    @OptionGroup
    var tables: TableOptions

    func validate() throws {
        guard let database = try self.parsed() else {
            guard self.durability == nil else { throw ValidationError("--durability needs --database") }
            guard self.stateFlushInterval == nil else {
                throw ValidationError("--state-flush-interval needs --database")
            }
            guard !self.tables.isGiven else {
                throw ValidationError("--rlsubs-table and --rlpres-table need --database")
            }
            return
        }
        if case .sqlite = database, self.tables.isGiven {
            throw ValidationError("--rlsubs-table and --rlpres-table are for PostgreSQL")
        }
        if let interval = self.stateFlushInterval, interval.duration <= .zero {
            throw ValidationError("--state-flush-interval: more than 0")
        }
    }

    func apply(to configuration: inout ProxyConfiguration) {
        configuration.shutdown = self.drain ? .endDialogs : .keepDialogs
        if let durability = self.durability {
            configuration.lists.durability = durability.value
        }
        if let interval = self.stateFlushInterval {
            configuration.lists.stateFlushInterval = interval.duration
        }
    }

    /// Opens the store; nil without a database.
    func open() throws -> ListStore? {
        switch try self.parsed() {
        case .sqlite(let path)?: try .file(path)
        case .postgres(let configuration)?: .server(configuration)
        case nil: nil
        }
    }

    private func parsed() throws -> DatabaseName? {
        guard let text = self.database else { return nil }
        return try DatabaseName(text, tables: self.tables)
    }
}

/// The tables' names, by the names that OpenSIPS and Kamailio have for them.
struct TableOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Table of list subscriptions. Default rls_watchers.", valueName: "table"))
    var rlsubsTable: String?

    @Option(help: ArgumentHelp("Table of last states. Default rls_presentity.", valueName: "table"))
    var rlpresTable: String?

    var isGiven: Bool { self.rlsubsTable != nil || self.rlpresTable != nil }

    func apply(to configuration: inout PostgresStoreConfiguration) {
        configuration.watchersTable = self.rlsubsTable ?? configuration.watchersTable
        configuration.statesTable = self.rlpresTable ?? configuration.statesTable
    }
}
