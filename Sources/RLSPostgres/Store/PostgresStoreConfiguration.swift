// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// How ``PostgresStore`` reaches and uses its database. Describing it shows no password.
public struct PostgresStoreConfiguration: Sendable, CustomStringConvertible {
    /// How to connect.
    let info: ConnectionInfo
    /// The table of list dialogs, `name` or `schema.name`. Default `rls_watchers`. OpenSIPS, Kamailio: `rlsubs_table`.
    public var watchersTable = "rls_watchers"
    /// The table of last states. Default `rls_presentity`. OpenSIPS, Kamailio: `rlpres_table`.
    public var statesTable = "rls_presentity"
    /// Connections, each with its own thread. Default 2: one to write, one to load and clean. At least 1.
    public var connections = 2
    /// Time limit of connecting. Default 5 s.
    public var connectTimeout: Duration = .seconds(5)
    /// Time limit of one statement, at the server and here. Default 10 s.
    public var statementTimeout: Duration = .seconds(10)
    /// Rows written with one statement. Default 500: more brings nothing. At least 1.
    public var batchSize = 500

    /// Creates a configuration.
    ///
    /// - Parameter connectionString: libpq's: keywords and values, or a `postgres://` URI.
    /// - Throws: `invalidConfiguration` when libpq cannot read it.
    public init(_ connectionString: String) throws(PostgresError) {
        self.info = try ConnectionInfo(connectionString)
    }

    /// Host, port, database and user, for a log.
    public var description: String { self.info.description }

    var connectionOptions: PostgresConnectionOptions {
        PostgresConnectionOptions(
            info: self.info,
            connectTimeout: self.connectTimeout,
            statementTimeout: self.statementTimeout
        )
    }
}
#endif
