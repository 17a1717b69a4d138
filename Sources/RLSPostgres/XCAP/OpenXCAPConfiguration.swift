// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
public import XCAPDocuments

/// How ``OpenXCAPResolver`` reaches and reads the table of XCAP documents. Describing it shows no password.
public struct OpenXCAPConfiguration: Sendable, CustomStringConvertible {
    /// How to connect.
    let info: ConnectionInfo
    /// The table, `name` or `schema.name`. Default `xcap`. OpenSIPS: `xcap_table`.
    public var table = "xcap"
    /// The URLs under which authors of documents know the tree. Default none: whichever host a reference names, its
    /// document is looked for in the table. OpenSIPS: `xcap_root`.
    public var roots: [XCAPRoot] = []
    /// How documents are read and lists are made from them.
    public var options = XCAPOptions()
    /// Connections, each with its own thread. Default 4. At least 1.
    public var connections = 4
    /// Time limit of connecting. Default 2 s.
    public var connectTimeout: Duration = .seconds(2)
    /// Time limit of one statement. Default 2 s; `resolveTimeout` of the server ends the whole.
    public var statementTimeout: Duration = .seconds(2)
    /// How often versions are asked for where the trigger is not installed, and whether it is there. Default 5 s.
    public var pollInterval: Duration = .seconds(5)
    /// Documents kept in parsed form; each is used as long as its version is the table's. Default 1,000.
    public var cachedDocuments = 1_000

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
