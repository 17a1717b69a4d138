// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// Type numbers of the built-in types; they never change.
enum PostgresType {
    static let bytea: Oid = 17
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let text: Oid = 25
    static let bpchar: Oid = 1042
    static let varchar: Oid = 1043

    static func isText(_ type: Oid) -> Bool { [Self.text, Self.varchar, Self.bpchar].contains(type) }
    static func isInteger(_ type: Oid) -> Bool { [Self.int2, Self.int4, Self.int8].contains(type) }

    static func array(of element: Oid) -> Oid {
        switch element {
        case Self.bytea: 1001
        case Self.int2: 1005
        case Self.int4: 1007
        case Self.int8: 1016
        default: 1009
        }
    }

    /// As it is written in a statement.
    static func name(_ type: Oid) -> String {
        switch type {
        case Self.bytea: "bytea"
        case Self.int2: "int2"
        case Self.int4: "int4"
        case Self.int8: "int8"
        default: "text"
        }
    }
}
#endif
