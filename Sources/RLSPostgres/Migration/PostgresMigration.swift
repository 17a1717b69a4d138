// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// Makes a database ready: creates the tables that are missing and, when asked to, widens those that are there.
///
/// Everything happens in one transaction. Tables that exist are not changed unless ``widen`` or ``addIndexes`` says so, rows
/// of `version` that exist never.
public struct PostgresMigration: Sendable {
    /// What was done.
    public struct Report: Sendable, Hashable {
        /// One line for each change; empty when there was nothing to do.
        public var changes: [String] = []
        /// What an operator should look at.
        public var warnings: [String] = []

        /// Creates an empty report.
        public init() {}
    }

    let configuration: PostgresStoreConfiguration
    /// Widen columns of existing tables that are too narrow for real SIP, make `id` 64 bits wide, and add `dialog_ext` and
    /// an index by Call-ID. OpenSIPS and Kamailio do not notice. Changing `id` rewrites the table. Default off.
    public var widen = false
    /// Add an index by Call-ID to an existing table of list dialogs that has none, and change nothing else. The unique key
    /// of OpenSIPS begins with `presentity_uri`, which a deletion does not know, so that without this index each batch with
    /// deletions reads the whole table. Nobody can write the table while the index is made. Implied by ``widen``. Default
    /// off.
    public var addIndexes = false
    /// Install the trigger on the table of XCAP documents that tells ``OpenXCAPResolver`` of changes. Default off.
    public var xcapTrigger = false
    /// The table of XCAP documents. Default `xcap`. OpenSIPS: `xcap_table`.
    public var xcapTable = "xcap"
    /// How long to wait for a table that somebody else uses. Default 10 s.
    public var lockTimeout: Duration = .seconds(10)

    /// Creates a migration of the tables that a store with this configuration uses.
    public init(_ configuration: PostgresStoreConfiguration) {
        self.configuration = configuration
    }

    /// Does it.
    ///
    /// - Throws: ``PostgresError``; then nothing was changed.
    public func run() async throws -> Report {
        let pool = ConnectionPool(self.configuration.connectionOptions, connections: 1)
        defer { pool.close() }
        return try await pool.run(isRepeatable: { false }) { connection in
            // Rewriting a large table takes its time.
            try connection.withTimeout(.seconds(86_400)) {
                try self.run(on: connection)
            }
        }
    }

    private func run(on connection: PostgresConnection) throws(PostgresError) -> Report {
        var report = Report()
        let lockTimeout = Deadline(in: self.lockTimeout).milliseconds
        try connection.executeScript(
            """
            BEGIN;
            SET LOCAL statement_timeout = 0;
            SET LOCAL lock_timeout = \(lockTimeout);
            SELECT pg_advisory_xact_lock(hashtext('resource-list-server migration'))
            """
        )
        for wanted in [
            WantedTable.watchers(TableName(self.configuration.watchersTable)),
            WantedTable.states(TableName(self.configuration.statesTable)),
        ] {
            if let layout = try TableLayout.read(wanted.name, connection) {
                if self.widen {
                    try Self.widen(wanted, layout, connection, &report)
                }
                if self.widen || self.addIndexes {
                    try Self.addIndexes(wanted, connection, &report)
                } else {
                    try Self.checkIndexes(wanted, connection, &report)
                }
            } else {
                try Self.create(wanted, connection, &report)
            }
            try Self.checkSequence(wanted.name, connection, &report)
        }
        if self.xcapTrigger {
            try XCAPTrigger(TableName(self.xcapTable)).install(connection, &report)
        }
        try connection.executeScript("COMMIT")
        return report
    }

    private static func create(
        _ wanted: WantedTable,
        _ connection: PostgresConnection,
        _ report: inout Report
    ) throws(PostgresError) {
        try connection.executeScript(wanted.createStatement)
        report.changes.append("created table \(wanted.name.name)")
        let version = wanted.versionTable
        if try TableLayout.read(version, connection) == nil {
            try connection.executeScript(
                """
                CREATE TABLE \(version.quoted) (
                    table_name varchar(64) NOT NULL,
                    table_version integer DEFAULT 0 NOT NULL,
                    CONSTRAINT \(version.derived("t_name_idx")) UNIQUE (table_name))
                """
            )
            report.changes.append("created table \(version.name)")
        }
        let inserted = try connection.execute(
            """
            INSERT INTO \(version.quoted) (table_name, table_version)
            SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM \(version.quoted) WHERE table_name = $1)
            """,
            [.text(wanted.name.name), .integer(wanted.version)]
        )
        if inserted.affectedRows > 0 {
            report.changes.append("table \(wanted.name.name) has version \(wanted.version)")
        } else {
            report.warnings.append("table \(version.name) already has a row for \(wanted.name.name); it is as it was")
        }
    }

    /// Warns when more than half of the numbers for `id` are used up.
    private static func checkSequence(
        _ table: TableName,
        _ connection: PostgresConnection,
        _ report: inout Report
    ) throws(PostgresError) {
        let names = try connection.execute(
            """
            SELECT s.name, least(q.seqmax, CASE a.atttypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE q.seqmax END)
            FROM (SELECT pg_get_serial_sequence($1, 'id') AS name) s
            JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.name::regclass
            JOIN pg_catalog.pg_attribute a ON a.attrelid = to_regclass($1) AND a.attname = 'id'
            """,
            [.text(table.quoted)]
        )
        guard names.rowCount == 1 else { return }
        let last = try connection.execute("SELECT last_value::int8 FROM \(names.text(0, 0))").integer(0, 0)
        let greatest = names.integer(0, 1)
        if last > greatest / 2 {
            report.warnings.append(
                "table \(table.name): \(last) of \(greatest) values of id are used up; --widen makes it 64 bits wide"
            )
        }
    }
}
#endif
