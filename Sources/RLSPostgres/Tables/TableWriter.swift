// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// The statements that write rows into one table, made for its layout.
struct TableWriter<Name: RowColumn>: Sendable {
    /// A column of the table, in numbers only: each row looks at all of them.
    struct Column: Sendable, BitwiseCopyable {
        let name: Name
        let type: Oid
        /// How many characters it holds.
        let width: Int

        var elementType: Oid { self.name.elementType(for: self.type) }
    }

    let layout: TableLayout
    let columns: [Column]
    /// The columns that ``update`` takes: those that may change, and the unique key.
    let updated: [Int]
    /// Fields of each row behind those of `columns`, for COPY.
    let constants: [TableLayout.Constant]
    /// `ON CONFLICT` can be said: there is a unique key.
    let canUpsert: Bool
    /// Inserts rows; those that exist are overwritten.
    let upsert: String
    /// COPY of new rows; nil where the table has columns whose binary form is not known.
    let copy: String?
    /// Overwrites rows that exist.
    let update: String
    /// Overwrites rows and fails (22P02) when one of them does not exist, so that nothing has to follow; nil without a unique
    /// key, where a row may be there twice.
    let updateAll: String?
    /// Inserts the rows that do not exist. An attempted upsert of one that does would take a value of the id sequence.
    let insertMissing: String

    /// - Parameters:
    ///   - columns: those that the table may have; one that it does not have is left out.
    ///   - key: what identifies a row.
    ///   - keyExtra: columns that may be part of the unique key, because they never change.
    init(_ layout: TableLayout, columns: [Name], key: [Name], keyExtra: [Name] = []) {
        let key = key.map(\.name)
        let keyExtra = keyExtra.map(\.name)
        let columns = columns.compactMap { name in
            layout.column(name.name).map { Column(name: name, type: $0.type, width: $0.width ?? .max) }
        }
        self.layout = layout
        self.columns = columns
        let names = columns.map(\.name.name)
        let quoted = names.map(TableName.quote)
        let uniqueKey = layout.uniqueKey(of: key, allowing: keyExtra)
        self.canUpsert = uniqueKey != nil
        let constants = Self.constants(layout, beside: Set(names))
        self.constants = constants
        let table = layout.table.quoted
        let source = Self.source(columns)
        let all = (quoted + constants.map { TableName.quote($0.name) }).joined(separator: ", ")
        // All columns of the unique key, so that its index is used.
        let match = (uniqueKey ?? key).map { "t.\(TableName.quote($0)) = u.\(TableName.quote($0))" }
            .joined(separator: " AND ")
        let changing = names.filter { !(uniqueKey ?? key).contains($0) }.map(TableName.quote)
        let insert = """
            INSERT INTO \(table) AS t (\(all))
            SELECT \((quoted.map { "u.\($0)" } + constants.map(\.literal)).joined(separator: ", ")) FROM \(source)
            """
        let conflict = uniqueKey.map { key in
            """

            ON CONFLICT (\(key.map(TableName.quote).joined(separator: ", "))) DO UPDATE
            SET \(changing.map { "\($0) = EXCLUDED.\($0)" }.joined(separator: ", "))
            """
        }
        self.upsert = insert + (conflict ?? "")
        let isExact = columns.allSatisfy { $0.name.isExact(for: $0.type) } && constants.allSatisfy(\.isExact)
        self.copy = isExact ? "COPY \(table) (\(all)) FROM STDIN (FORMAT binary)" : nil
        let updated = columns.indices.filter { index in
            !columns[index].name.isFixed || (uniqueKey ?? key).contains(names[index])
        }
        self.updated = updated
        let set = updated.map { names[$0] }.filter { !(uniqueKey ?? key).contains($0) }.map(TableName.quote)
        let update = """
            UPDATE \(table) AS t SET \(set.map { "\($0) = u.\($0)" }.joined(separator: ", "))
            FROM \(Self.source(updated.map { columns[$0] })) WHERE \(match)
            """
        self.update = update
        self.updateAll = uniqueKey.map { _ in
            """
            WITH written AS (\(update) RETURNING 1)
            SELECT (CASE count(*) WHEN cardinality($1) THEN '0' ELSE 'a known row is missing' END)::int4 FROM written
            """
        }
        self.insertMissing =
            insert + " WHERE NOT EXISTS (SELECT FROM \(table) AS t WHERE \(match))" + (conflict ?? "")
    }

    /// Rows from one array for each column.
    private static func source(_ columns: [Column]) -> String {
        // As expressions of a SELECT, the arrays are taken apart without being written down as a table first.
        let fields = columns.enumerated().map { index, column in
            let type = PostgresType.name(column.elementType)
            return "unnest($\(index + 1)::\(type)[]) AS \(TableName.quote(column.name.name))"
        }
        return "(SELECT \(fields.joined(separator: ", "))) AS u"
    }

    /// Columns with a constant: `updated`, where a constant keeps updates HOT, and those that we know nothing of.
    private static func constants(_ layout: TableLayout, beside known: Set<String>) -> [TableLayout.Constant] {
        let updated = layout.column("updated").map { [TableLayout.Constant(name: $0.name, type: $0.type, number: -1)] }
        return (updated ?? []) + layout.fillers(beside: known.union(["updated", "id"]))
    }
}
#endif
