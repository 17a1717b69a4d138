// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// One-dimensional arrays in PostgreSQL's binary format: dimensions, has-null, element type, count, lower bound, then length
/// and bytes of each element.
enum PostgresArrays {
    private static let headLength = 20

    /// An array of all fields of a row.
    static func make(_ element: Oid, of row: EncodedRows.Place, in rows: EncodedRows) -> PostgresParameter {
        rows.bytes.withUnsafeBytes { source in
            let fields = UnsafeRawBufferPointer(rebasing: source[EncodedRows.fields(of: row)])
            var count = 0
            EncodedRows.forEachField(row, in: source) { _, _ in count += 1 }
            let bytes = [UInt8](unsafeUninitializedCapacity: Self.headLength + fields.count) { target, initialized in
                let target = UnsafeMutableRawBufferPointer(target)
                Self.writeHead(element, count: count, to: target, at: 0)
                target[Self.headLength...].copyBytes(from: fields)
                initialized = target.count
            }
            return PostgresParameter(type: PostgresType.array(of: element), bytes: bytes[...])
        }
    }

    /// Arrays of the same fields of several rows, in one block of memory.
    ///
    /// - Parameters:
    ///   - elements: the type of each array's elements.
    ///   - arrays: for each field of a row the number of its array; nil leaves it out.
    static func make(
        _ elements: [Oid],
        arrays: [Int?],
        of places: some Collection<EncodedRows.Place>,
        in rows: EncodedRows
    ) -> [PostgresParameter] {
        var ends = [Int](repeating: Self.headLength, count: elements.count)
        let block = rows.bytes.withUnsafeBytes { source in
            for place in places {
                EncodedRows.forEachField(place, in: source) { index, field in
                    guard let array = arrays[index] else { return }
                    ends[array] += field.count
                }
            }
            var total = 0
            for array in ends.indices {
                total += ends[array]
                ends[array] = total
            }
            return [UInt8](unsafeUninitializedCapacity: total) { target, initialized in
                let target = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[..<total])
                var next = [0] + ends.dropLast()
                for array in elements.indices {
                    Self.writeHead(elements[array], count: places.count, to: target, at: next[array])
                    next[array] += Self.headLength
                }
                for place in places {
                    EncodedRows.forEachField(place, in: source) { index, field in
                        guard let array = arrays[index] else { return }
                        target[next[array]..<next[array] + field.count].copyBytes(from: field)
                        next[array] += field.count
                    }
                }
                initialized = total
            }
        }
        return elements.indices.map { array in
            PostgresParameter(
                type: PostgresType.array(of: elements[array]),
                bytes: block[(array == 0 ? 0 : ends[array - 1])..<ends[array]]
            )
        }
    }

    private static func writeHead(_ element: Oid, count: Int, to target: UnsafeMutableRawBufferPointer, at start: Int) {
        let words = [1, 0, element, UInt32(truncatingIfNeeded: count), 1]
        for (index, word) in words.enumerated() {
            target.storeBytes(of: word.bigEndian, toByteOffset: start + index * 4, as: UInt32.self)
        }
    }
}
#endif
