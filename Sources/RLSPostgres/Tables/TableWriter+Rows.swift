// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
extension TableWriter {
    /// Makes a row ready for the server, behind those that are there.
    ///
    /// - Returns: nil, or why the table cannot hold it, which names columns and lengths, never content; then nothing was added.
    func encode(_ row: Name.Row, into rows: inout EncodedRows, countsCharacters: Bool) -> String? {
        let begin = rows.end
        var reasons: [String] = []
        rows.beginRow(fieldCount: self.columns.count + self.constants.count)
        for column in self.columns {
            let value = rows.end + 4
            column.name.append(row, to: &rows, column.type)
            guard column.name.kind == .text else { continue }
            if rows.hasNUL(from: value) {
                reasons.append("\(self.path(of: column)) cannot hold the NUL in this value")
            }
            guard rows.end - value > column.width else { continue }
            let length = countsCharacters ? rows.characterCount(from: value) : rows.end - value
            if length > column.width {
                let unit = countsCharacters ? "characters" : "octets"
                reasons.append("\(self.path(of: column)) holds \(column.width) \(unit), the value has \(length)")
            }
        }
        guard reasons.isEmpty else {
            rows.removeRow(from: begin)
            return reasons.joined(separator: "; ")
        }
        for constant in self.constants {
            constant.append(to: &rows)
        }
        return nil
    }

    private func path(of column: Column) -> String { "\(self.layout.table.name).\(column.name.name)" }

    /// Rows as parameters of ``upsert`` and ``insertMissing``.
    func parameters(of places: some Collection<EncodedRows.Place>, in rows: EncodedRows) -> [PostgresParameter] {
        self.parameters(of: places, in: rows, Array(self.columns.indices))
    }

    /// Rows as parameters of ``update`` and ``updateAll``.
    func updateParameters(of places: some Collection<EncodedRows.Place>, in rows: EncodedRows) -> [PostgresParameter] {
        self.parameters(of: places, in: rows, self.updated)
    }

    private func parameters(
        of places: some Collection<EncodedRows.Place>,
        in rows: EncodedRows,
        _ columns: [Int]
    ) -> [PostgresParameter] {
        // By field: the number of its array, or nil.
        var arrays = [Int?](repeating: nil, count: self.columns.count + self.constants.count)
        for (array, column) in columns.enumerated() {
            arrays[column] = array
        }
        return PostgresArrays.make(
            columns.map { self.columns[$0].elementType },
            arrays: arrays,
            of: places,
            in: rows
        )
    }
}
#endif
