// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
extension TableWriter {
    /// Makes a row ready for the server, behind those that are there.
    ///
    /// - Returns: nil, or why the table cannot hold it, which names columns and lengths, never content; then nothing was added.
    func encode(_ row: Row, into rows: inout EncodedRows, countsCharacters: Bool) -> String? {
        let begin = rows.end
        var reasons: [String] = []
        rows.beginRow(fieldCount: self.columns.count + self.constants.count)
        for (column, catalogue) in self.columns {
            switch column.value {
            case .text(let append):
                let text = rows.end + 4
                append(row, &rows)
                if rows.hasNUL(from: text) {
                    reasons.append("\(self.name(of: column)) cannot hold the NUL in this value")
                }
                guard let width = catalogue.width, rows.end - text > width else { continue }
                let length = countsCharacters ? rows.characterCount(from: text) : rows.end - text
                if length > width {
                    let unit = countsCharacters ? "characters" : "octets"
                    reasons.append("\(self.name(of: column)) holds \(width) \(unit), the value has \(length)")
                }
            case .integer(let value):
                // A greater number is stored as the greatest, a time past 2038 for instance.
                let greatest = catalogue.greatestInteger
                rows.append(max(min(value(row), greatest), -greatest), catalogue.type)
            case .bytes(let append):
                append(row, &rows)
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

    private func name(of column: RowColumn<Row>) -> String { "\(self.layout.table.name).\(column.name)" }

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
            columns.map { self.columns[$0].column.elementType(for: self.columns[$0].catalogue.type) },
            arrays: arrays,
            of: places,
            in: rows
        )
    }
}
#endif
