// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// The statements that write rows into one table, made for its layout.
struct TableWriter<Row: Sendable>: Sendable {
    let layout: TableLayout
    private let columns: [(column: RowColumn<Row>, catalogue: TableLayout.Column)]
    /// `ON CONFLICT` can be said: there is a unique key.
    let canUpsert: Bool
    /// Inserts rows; those that exist are overwritten.
    let upsert: String
    /// Overwrites rows that exist.
    let update: String
    /// Inserts the rows that do not exist. An attempted upsert of one that does would take a value of the id sequence.
    let insertMissing: String

    /// - Parameters:
    ///   - columns: those that the table may have; one that it does not have is left out.
    ///   - key: what identifies a row.
    ///   - keyExtra: columns that may be part of the unique key, because they never change.
    init(_ layout: TableLayout, columns: [RowColumn<Row>], key: [String], keyExtra: [String] = []) {
        let columns = columns.compactMap { column in layout.column(column.name).map { (column, $0) } }
        self.layout = layout
        self.columns = columns
        let names = columns.map(\.0.name)
        let quoted = names.map(TableName.quote)
        let uniqueKey = layout.uniqueKey(of: key, allowing: keyExtra)
        self.canUpsert = uniqueKey != nil
        let constants = Self.constants(layout, beside: Set(names))
        let table = layout.table.quoted
        let arrays = columns.enumerated().map { "$\($0.offset + 1)::\($0.element.0.arrayType)" }
        let source = "unnest(\(arrays.joined(separator: ", "))) AS u(\(quoted.joined(separator: ", ")))"
        // All columns of the unique key, so that its index is used.
        let match = (uniqueKey ?? key).map { "t.\(TableName.quote($0)) = u.\(TableName.quote($0))" }
            .joined(separator: " AND ")
        let changing = names.filter { !(uniqueKey ?? key).contains($0) }.map(TableName.quote)
        let insert = """
            INSERT INTO \(table) AS t (\((quoted + constants.map { TableName.quote($0.name) }).joined(separator: ", ")))
            SELECT \((quoted.map { "u.\($0)" } + constants.map(\.literal)).joined(separator: ", ")) FROM \(source)
            """
        let conflict = uniqueKey.map { key in
            """

            ON CONFLICT (\(key.map(TableName.quote).joined(separator: ", "))) DO UPDATE
            SET \(changing.map { "\($0) = EXCLUDED.\($0)" }.joined(separator: ", "))
            """
        }
        self.upsert = insert + (conflict ?? "")
        self.update = """
            UPDATE \(table) AS t SET \(changing.map { "\($0) = u.\($0)" }.joined(separator: ", "))
            FROM \(source) WHERE \(match)
            """
        self.insertMissing =
            insert + " WHERE NOT EXISTS (SELECT FROM \(table) AS t WHERE \(match))" + (conflict ?? "")
    }

    /// Columns with a constant: `updated`, where a constant keeps updates HOT, and those that we know nothing of.
    private static func constants(_ layout: TableLayout, beside known: Set<String>) -> [(name: String, literal: String)]
    {
        let updated = layout.column("updated").map { [(name: $0.name, literal: "-1")] } ?? []
        return updated + layout.fillers(beside: known.union(["updated", "id"]))
    }

    func parameters(of rows: some Collection<Row>) -> [PostgresParameter] {
        self.columns.map { $0.column.parameter(of: rows, greatest: $0.catalogue.greatestInteger) }
    }

    /// Why a row does not fit into the table; nil when it does. Names columns and lengths, never content.
    func misfit(_ row: Row, countsCharacters: Bool) -> String? {
        var reasons: [String] = []
        for (column, catalogue) in self.columns {
            guard case .text(let value) = column.value else { continue }
            let text = value(row)
            let name = "\(self.layout.table.name).\(column.name)"
            if text.utf8.contains(0) {
                reasons.append("\(name) cannot hold the NUL in this value")
            }
            guard let width = catalogue.width, text.utf8.count > width else { continue }
            let length = countsCharacters ? text.unicodeScalars.count : text.utf8.count
            if length > width {
                let unit = countsCharacters ? "characters" : "octets"
                reasons.append("\(name) holds \(width) \(unit), the value has \(length)")
            }
        }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }
}
#endif
