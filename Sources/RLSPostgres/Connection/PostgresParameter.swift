// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// A parameter in binary form.
struct PostgresParameter: Sendable {
    static let binary: Int32 = 1

    let type: Oid
    /// nil: NULL.
    let bytes: [UInt8]?

    static func text(_ value: String?) -> PostgresParameter {
        PostgresParameter(type: PostgresType.text, bytes: value.map { Array($0.utf8) })
    }

    static func integer(_ value: Int64) -> PostgresParameter {
        PostgresParameter(type: PostgresType.int8, bytes: withUnsafeBytes(of: value.bigEndian) { Array($0) })
    }

    static func texts(_ values: some Collection<String>) -> PostgresParameter {
        var array = PostgresArray(PostgresType.text, byteCount: values.reduce(0) { $0 + 4 + $1.utf8.count })
        for value in values {
            array.append(utf8: value)
        }
        return array.parameter
    }

    /// Calls libpq with pointers to all parameters.
    static func withPointers<Result>(
        _ parameters: [PostgresParameter],
        _ body: (
            UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Result
    ) -> Result {
        var values: [UnsafePointer<CChar>?] = []
        values.reserveCapacity(parameters.count)
        return Self.collect(parameters[...], &values) { values in
            body(
                parameters.map(\.type),
                values,
                parameters.map { Int32(clamping: $0.bytes?.count ?? 0) },
                parameters.map { _ in Self.binary }
            )
        }
    }

    private static func collect<Result>(
        _ parameters: ArraySlice<PostgresParameter>,
        _ values: inout [UnsafePointer<CChar>?],
        _ body: ([UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        guard let first = parameters.first else { return body(values) }
        guard let bytes = first.bytes else {
            values.append(nil)
            return Self.collect(parameters.dropFirst(), &values, body)
        }
        // An empty value needs a pointer too: without one it would be NULL.
        return (bytes.isEmpty ? [0] : bytes).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { buffer in
                values.append(buffer.baseAddress)
                return Self.collect(parameters.dropFirst(), &values, body)
            }
        }
    }
}

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

/// A one-dimensional array in PostgreSQL's binary format: dimensions, has-null, element type, count, lower bound, then
/// length and bytes of each element.
struct PostgresArray: Sendable {
    private let element: Oid
    private var bytes: [UInt8]
    private(set) var count = 0

    /// - Parameter byteCount: of all elements with their lengths, as far as it is known.
    init(_ element: Oid, byteCount: Int) {
        self.element = element
        self.bytes = []
        self.bytes.reserveCapacity(20 + byteCount)
        self.append(word: 1)
        self.append(word: 0)
        self.append(word: element)
        self.append(word: 0)
        self.append(word: 1)
    }

    mutating func append(utf8 value: String) {
        self.append(word: UInt32(truncatingIfNeeded: value.utf8.count))
        self.bytes.append(contentsOf: value.utf8)
        self.count += 1
    }

    /// Adds an element with its length in front.
    mutating func append(field: UnsafeRawBufferPointer) {
        self.bytes.append(contentsOf: field)
        self.count += 1
    }

    var parameter: PostgresParameter {
        var bytes = self.bytes
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: self.count).bigEndian) { count in
            for (offset, byte) in count.enumerated() {
                bytes[12 + offset] = byte
            }
        }
        return PostgresParameter(type: PostgresType.array(of: self.element), bytes: bytes)
    }

    private mutating func append(word: UInt32) {
        withUnsafeBytes(of: word.bigEndian) { self.bytes.append(contentsOf: $0) }
    }
}
#endif
