// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
extension PostgresMigration {
    /// Adds to an existing table the indexes that it lacks.
    static func addIndexes(
        _ wanted: WantedTable,
        _ connection: PostgresConnection,
        _ report: inout Report
    ) throws(PostgresError) {
        for index in try Self.missingIndexes(wanted, connection) {
            try connection.executeScript(wanted.createIndex(index))
            report.changes.append("added an index by \(index.columns.joined(separator: ", ")) to \(wanted.name.name)")
        }
    }

    /// Warns when deletions have to read a whole table.
    static func checkIndexes(
        _ wanted: WantedTable,
        _ connection: PostgresConnection,
        _ report: inout Report
    ) throws(PostgresError) {
        for index in try Self.missingIndexes(wanted, connection) {
            report.warnings.append(
                """
                table \(wanted.name.name) has no index that begins with \(index.columns[0]): each batch with deletions reads \
                the whole table
                """
            )
        }
    }

    private static func missingIndexes(
        _ wanted: WantedTable,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> [(name: String, columns: [String])] {
        var missing: [(name: String, columns: [String])] = []
        for index in wanted.indexes where try !Self.hasIndex(on: wanted.name, first: index.columns[0], connection) {
            missing.append(index)
        }
        return missing
    }

    private static func hasIndex(
        on table: TableName,
        first column: String,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> Bool {
        let found = try connection.execute(
            """
            SELECT FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = to_regclass($1) AND i.indisvalid AND i.indpred IS NULL AND a.attname = $2
            """,
            [.text(table.quoted), .text(column)]
        )
        return found.rowCount > 0
    }
}
#endif
