// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// A column and where its value comes from.
struct RowColumn<Row: Sendable>: Sendable {
    enum Value: Sendable {
        case text(@Sendable (Row) -> String)
        case integer(@Sendable (Row) -> Int64)
        case bytes(@Sendable (Row) -> [UInt8])
    }

    let name: String
    let value: Value

    /// As the type of a parameter that is an array of such values.
    var arrayType: String {
        switch self.value {
        case .text: "text[]"
        case .integer: "int8[]"
        case .bytes: "bytea[]"
        }
    }

    /// The values of many rows, as one parameter.
    ///
    /// - Parameter greatest: what the column holds; a greater number is stored as this, a time past 2038 for instance.
    func parameter(of rows: some Collection<Row>, greatest: Int64) -> PostgresParameter {
        switch self.value {
        case .text(let value):
            var array = PostgresArray(PostgresType.text, capacity: rows.count)
            for row in rows {
                array.append(utf8: value(row))
            }
            return array.parameter
        case .integer(let value):
            var array = PostgresArray(PostgresType.int8, capacity: rows.count)
            for row in rows {
                array.append(integer: max(min(value(row), greatest), -greatest))
            }
            return array.parameter
        case .bytes(let value):
            var array = PostgresArray(PostgresType.bytea, capacity: rows.count)
            for row in rows {
                array.append(bytes: value(row))
            }
            return array.parameter
        }
    }
}
#endif
