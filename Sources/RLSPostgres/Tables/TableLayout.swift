// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// What the catalogue says about one table.
struct TableLayout: Sendable, Hashable {
    /// One column.
    struct Column: Sendable, Hashable {
        var name: String
        var type: Oid
        /// The n of varchar(n); nil: as long as one likes.
        var width: Int?
        var isNotNull: Bool
        var hasDefault: Bool

        /// The greatest number that the column holds.
        var greatestInteger: Int64 {
            switch self.type {
            case PostgresType.int2: Int64(Int16.max)
            case PostgresType.int4: Int64(Int32.max)
            default: Int64.max
            }
        }
    }

    var table: TableName
    var columns: [Column]
    /// The columns of each unique index without condition or expression.
    var uniqueKeys: [[String]]

    func column(_ name: String) -> Column? {
        self.columns.first { $0.name == name }
    }

    /// The smallest unique key that consists of `needed` and, perhaps, some of `allowed`.
    func uniqueKey(of needed: [String], allowing allowed: [String] = []) -> [String]? {
        self.uniqueKeys
            .filter { Set($0).isSuperset(of: needed) && Set($0).isSubset(of: needed + allowed) }
            .min { $0.count < $1.count }
    }

    /// Columns that must have a value although we do not know them, and a value for each.
    func fillers(beside known: Set<String>) -> [Constant] {
        self.columns
            .filter { $0.isNotNull && !$0.hasDefault && !known.contains($0.name) }
            .map { Constant(name: $0.name, type: $0.type, number: 0) }
    }

    /// The value of a column that is the same in all rows: a number, or "" where the column takes none.
    struct Constant: Sendable, Hashable {
        var name: String
        var type: Oid
        var number: Int64

        var literal: String { PostgresType.isInteger(self.type) ? String(self.number) : "''" }

        /// Its binary form is known.
        var isExact: Bool { PostgresType.isInteger(self.type) || PostgresType.isText(self.type) }

        func append(to rows: inout EncodedRows) {
            if PostgresType.isInteger(self.type) {
                rows.append(self.number, self.type)
            } else {
                rows.append([])
            }
        }
    }
}

extension TableLayout {
    /// Reads the catalogue.
    ///
    /// - Returns: nil when the table does not exist.
    static func read(_ table: TableName, _ connection: PostgresConnection) throws(PostgresError) -> TableLayout? {
        let columns = try connection.execute(
            """
            SELECT a.attname::text, a.atttypid::int8, a.atttypmod::int4, a.attnotnull,
                a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> ''
            FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """,
            [.text(table.quoted)]
        )
        guard columns.rowCount > 0 else { return nil }
        let keys = try connection.execute(
            """
            SELECT i.indexrelid::int8, a.attname::text
            FROM pg_catalog.pg_index i
            CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = pg_catalog.to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indimmediate
                AND i.indpred IS NULL AND i.indexprs IS NULL AND k.n <= i.indnkeyatts
            ORDER BY 1, k.n
            """,
            [.text(table.quoted)]
        )
        var uniqueKeys: [Int64: [String]] = [:]
        for row in 0..<keys.rowCount {
            uniqueKeys[keys.integer(row, 0), default: []].append(keys.text(row, 1))
        }
        return TableLayout(
            table: table,
            columns: (0..<columns.rowCount).map { row in
                let type = Oid(truncatingIfNeeded: columns.integer(row, 1))
                let modifier = Int(columns.integer(row, 2))
                let isSized = type == PostgresType.varchar || type == PostgresType.bpchar
                return Column(
                    name: columns.text(row, 0),
                    type: type,
                    // The modifier counts its own four bytes.
                    width: isSized && modifier >= 4 ? modifier - 4 : nil,
                    isNotNull: columns.boolean(row, 3),
                    hasDefault: columns.boolean(row, 4)
                )
            },
            uniqueKeys: uniqueKeys.sorted { $0.key < $1.key }.map(\.value)
        )
    }
}
#endif
