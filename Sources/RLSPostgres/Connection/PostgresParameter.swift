// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// A parameter in binary form.
struct PostgresParameter: Sendable {
    static let binary: Int32 = 1

    let type: Oid
    /// nil: NULL. A part of what several parameters share, perhaps.
    let bytes: ArraySlice<UInt8>?

    static func text(_ value: String?) -> PostgresParameter {
        PostgresParameter(type: PostgresType.text, bytes: value.map { Array($0.utf8)[...] })
    }

    static func integer(_ value: Int64) -> PostgresParameter {
        PostgresParameter(type: PostgresType.int8, bytes: withUnsafeBytes(of: value.bigEndian) { Array($0)[...] })
    }

    static func texts(_ values: some Collection<String>) -> PostgresParameter {
        var rows = EncodedRows(rowCount: 0)
        rows.beginRow(fieldCount: values.count)
        for value in values {
            rows.append(value)
        }
        return PostgresArrays.make(PostgresType.text, of: 0..<rows.end, in: rows)
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
#endif
