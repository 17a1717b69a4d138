// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import Foundation
import RLSCore
import Testing

@testable import RLSPostgres

/// A database of its own for one test, on the shared server or another.
struct TestDatabase {
    let name: String
    let cluster: TestCluster

    init(on cluster: TestCluster? = nil) throws {
        self.cluster = try cluster ?? TestCluster.shared.get()
        self.name = self.cluster.nextDatabase()
        let admin = try Self.connect(self.cluster.connectionString())
        try admin.execute("CREATE DATABASE \(self.name)")
    }

    init(existing name: String, on cluster: TestCluster) throws {
        self.name = name
        self.cluster = cluster
    }

    var connectionString: String { self.cluster.connectionString(self.name) }

    func configuration() throws -> PostgresStoreConfiguration {
        try PostgresStoreConfiguration(self.connectionString)
    }

    /// A store on these tables.
    func store(
        _ layout: TestLayout = .own,
        configure: (inout PostgresStoreConfiguration) -> Void = { _ in }
    ) async throws -> PostgresStore {
        var configuration = try self.configuration()
        configure(&configuration)
        switch layout {
        case .own: _ = try await PostgresMigration(configuration).run()
        case .openSIPS, .openSIPS16, .kamailio, .openSIPSExtended, .kamailioExtended: try self.sql(layout.script)
        }
        return PostgresStore(configuration)
    }

    /// Runs statements.
    func sql(_ script: String) throws {
        try self.connection().executeScript(script)
    }

    /// The first column of all rows, as text.
    func rows(_ query: String) throws -> [String] {
        let result = try self.connection().execute("SELECT (q.*)::text FROM (\(query)) q")
        return (0..<result.rowCount).map { result.text($0, 0) }
    }

    func number(_ query: String) throws -> Int64 {
        let result = try self.connection().execute("SELECT (\(query))::int8")
        return result.integer(0, 0)
    }

    func connection() throws -> PostgresConnection { try Self.connect(self.connectionString) }

    private static func connect(_ string: String) throws -> PostgresConnection {
        try PostgresConnection(
            try ConnectionInfo(string),
            connectTimeout: .seconds(10),
            statementTimeout: .seconds(60)
        )
    }
}
#endif
