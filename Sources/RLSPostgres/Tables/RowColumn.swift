// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// A column and where its value comes from.
struct RowColumn<Row: Sendable>: Sendable {
    /// Texts and bytes are appended as one field where they are: a string that is handed over costs two changes of a
    /// reference count, for each of some twenty columns of each row.
    enum Value: Sendable {
        case text(@Sendable (Row, inout EncodedRows) -> Void)
        case integer(@Sendable (Row) -> Int64)
        case bytes(@Sendable (Row, inout EncodedRows) -> Void)
    }

    let name: String
    /// The value never changes in the life of a row, so that an update of one that exists leaves it out.
    var isFixed = false
    let value: Value

    /// The type of a parameter that is an array of such values for a column of this type.
    func elementType(for column: Oid) -> Oid {
        switch self.value {
        case .text: PostgresType.text
        case .integer: PostgresType.isInteger(column) ? column : PostgresType.int8
        case .bytes: PostgresType.bytea
        }
    }

    /// Whether a column of this type takes the values in binary form as they are.
    func isExact(for column: Oid) -> Bool {
        switch self.value {
        case .text: PostgresType.isText(column)
        case .integer: PostgresType.isInteger(column)
        case .bytes: column == PostgresType.bytea
        }
    }
}
#endif
