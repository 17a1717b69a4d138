// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
extension PostgresMigration {
    /// Widens an existing table where it is narrower than the one that we would create.
    static func widen(
        _ wanted: WantedTable,
        _ layout: TableLayout,
        _ connection: PostgresConnection,
        _ report: inout Report
    ) throws(PostgresError) {
        let table = wanted.name
        for column in wanted.columns {
            guard let width = column.width, let present = layout.column(column.name)?.width, present < width else {
                continue
            }
            try connection.executeScript(
                "ALTER TABLE \(table.quoted) ALTER COLUMN \(TableName.quote(column.name)) TYPE varchar(\(width))"
            )
            report.changes.append("widened \(table.name).\(column.name) from \(present) to \(width)")
        }
        for column in wanted.extraColumns where layout.column(column.name) == nil {
            try connection.executeScript(
                "ALTER TABLE \(table.quoted) ADD COLUMN \(TableName.quote(column.name)) \(column.definition)"
            )
            report.changes.append("added \(table.name).\(column.name)")
        }
        try Self.widenID(table, layout, connection, &report)
    }

    private static func widenID(
        _ table: TableName,
        _ layout: TableLayout,
        _ connection: PostgresConnection,
        _ report: inout Report
    ) throws(PostgresError) {
        guard let id = layout.column("id"), id.greatestInteger < Int64.max else { return }
        try connection.executeScript("ALTER TABLE \(table.quoted) ALTER COLUMN id TYPE bigint")
        let sequence = try connection.execute(
            "SELECT pg_get_serial_sequence($1, 'id')",
            [.text(table.quoted)]
        )
        if !sequence.isNull(0, 0) {
            try connection.executeScript(
                "ALTER SEQUENCE \(sequence.text(0, 0)) AS bigint MAXVALUE \(Int64.max) NO CYCLE"
            )
        }
        report.changes.append("made \(table.name).id 64 bits wide")
    }
}
#endif
