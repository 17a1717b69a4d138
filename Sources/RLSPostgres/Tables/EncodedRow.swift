// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// A row as it goes to the server: COPY's binary format, which is the number of fields, then length and bytes of each.
///
/// An element of an array looks just like a field, so that the arrays of an UPDATE are cut from the same bytes.
struct EncodedRow: Sendable, Hashable {
    private(set) var bytes: [UInt8]

    init(fieldCount: Int) {
        self.bytes = []
        // Most rows have some 600 bytes.
        self.bytes.reserveCapacity(1_000)
        withUnsafeBytes(of: UInt16(truncatingIfNeeded: fieldCount).bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    mutating func append(_ field: UnsafeBufferPointer<UInt8>) {
        self.append(length: field.count)
        self.bytes.append(contentsOf: field)
    }

    mutating func append(_ field: [UInt8]) {
        self.append(length: field.count)
        self.bytes.append(contentsOf: field)
    }

    /// An integer as a column of this type takes it.
    mutating func append(_ value: Int64, _ type: Oid) {
        switch type {
        case PostgresType.int2: self.append(word: Int16(truncatingIfNeeded: value))
        case PostgresType.int4: self.append(word: Int32(truncatingIfNeeded: value))
        default: self.append(word: value)
        }
    }

    /// The fields one after the other, each with its length in front.
    func forEachField(_ body: (Int, UnsafeRawBufferPointer) -> Void) {
        self.bytes.withUnsafeBytes { bytes in
            var start = 2
            var index = 0
            while start + 4 <= bytes.count {
                let length = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
                let end = start + 4 + Int(length)
                body(index, UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                start = end
                index += 1
            }
        }
    }

    private mutating func append(word: some FixedWidthInteger) {
        withUnsafeBytes(of: word.bigEndian) { bytes in
            self.append(length: bytes.count)
            self.bytes.append(contentsOf: bytes)
        }
    }

    private mutating func append(length: Int) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: length).bigEndian) { self.bytes.append(contentsOf: $0) }
    }
}
#endif
