// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// The columns of a table by their names, and where their values come from.
///
/// An enumeration and not a list of closures: each row asks for some twenty values, and no string has to be handed over.
protocol RowColumn: RawRepresentable<String>, Sendable, BitwiseCopyable {
    associatedtype Row: Sendable

    var kind: RowColumnKind { get }

    /// The value never changes in the life of a row, so that an update of one that exists leaves it out.
    var isFixed: Bool { get }

    /// Appends the value as one field; a number as a column of this type takes it.
    func append(_ row: Row, to rows: inout EncodedRows, _ type: Oid)
}

extension RowColumn {
    var name: String { self.rawValue }

    /// The type of a parameter that is an array of such values for a column of this type.
    func elementType(for column: Oid) -> Oid {
        switch self.kind {
        case .text: PostgresType.text
        case .integer: PostgresType.isInteger(column) ? column : PostgresType.int8
        case .bytes: PostgresType.bytea
        }
    }

    /// Whether a column of this type takes the values in binary form as they are.
    func isExact(for column: Oid) -> Bool {
        switch self.kind {
        case .text: PostgresType.isText(column)
        case .integer: PostgresType.isInteger(column)
        case .bytes: column == PostgresType.bytea
        }
    }
}

/// What the values of a column are.
enum RowColumnKind: Sendable {
    case text, integer, bytes
}
#endif
