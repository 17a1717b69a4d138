// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ
internal import SIPMessage

/// Rows as they go to the server, one behind the other: COPY's binary format, which is the number of fields, then length and
/// bytes of each.
///
/// An element of an array looks just like a field, so that the arrays of an UPDATE are cut from the same bytes.
/// One block for all, because a batch has hundreds of rows with a dozen of fields each.
struct EncodedRows: Sendable {
    /// Where a row stands.
    typealias Place = Range<Int>

    private(set) var bytes: [UInt8] = []

    /// - Parameter rowCount: how many there will be, more or less.
    init(rowCount: Int) {
        // Most rows have some 600 bytes. A batch of any size may come, so that it is asked for in reason.
        self.bytes.reserveCapacity(min(rowCount, 2_000) * 640)
    }

    var end: Int { self.bytes.count }

    mutating func beginRow(fieldCount: Int) {
        withUnsafeBytes(of: UInt16(truncatingIfNeeded: fieldCount).bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    /// Takes back what stands behind a place.
    mutating func removeRow(from start: Int) {
        self.bytes.removeSubrange(start...)
    }

    mutating func append(_ text: String) {
        self.append(length: text.utf8.count)
        self.append(bytesOf: text)
    }

    /// Texts with a semicolon between them as one field.
    mutating func append(_ first: String, _ second: String, _ third: String) {
        self.append(length: first.utf8.count + second.utf8.count + third.utf8.count + 2)
        self.append(bytesOf: first)
        self.bytes.append(UInt8(ascii: ";"))
        self.append(bytesOf: second)
        self.bytes.append(UInt8(ascii: ";"))
        self.append(bytesOf: third)
    }

    mutating func append(_ field: [UInt8]) {
        self.append(length: field.count)
        self.bytes.append(contentsOf: field)
    }

    /// A number as a column of this type takes it: one too great as the greatest, a time past 2038 for instance.
    mutating func append(_ value: Int64, _ type: Oid) {
        switch type {
        case PostgresType.int2: self.append(word: max(Int16(clamping: value), -.max))
        case PostgresType.int4: self.append(word: max(Int32(clamping: value), -.max))
        default: self.append(word: max(value, -.max))
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

    private mutating func append(bytesOf text: String) {
        // Native strings hand their bytes over in one piece; those of other kinds one by one.
        if text.utf8.withContiguousStorageIfAvailable({ self.bytes.append(contentsOf: $0) }) == nil {
            self.bytes.append(contentsOf: text.utf8)
        }
    }
}

extension EncodedRows {
    /// Whether a NUL stands behind a place, which no text of PostgreSQL may have.
    func hasNUL(from start: Int) -> Bool {
        self.bytes.withUnsafeBytes { bytes in
            bytes.firstIndex(of: 0, in: start..<bytes.count) != nil
        }
    }

    /// How many characters stand behind a place: all bytes but those that continue one (RFC 3629 §3).
    func characterCount(from start: Int) -> Int {
        self.bytes[start...].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    }

    /// Where the fields of a row stand.
    static func fields(of place: Place) -> Range<Int> { place.lowerBound + 2..<place.upperBound }

    /// The fields of a row, each with its length in front.
    static func forEachField(
        _ place: Place,
        in bytes: UnsafeRawBufferPointer,
        _ body: (Int, UnsafeRawBufferPointer) -> Void
    ) {
        let fields = Self.fields(of: place)
        var start = fields.lowerBound
        var index = 0
        while start < fields.upperBound {
            let length = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            let end = start + 4 + Int(length)
            body(index, UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            start = end
            index += 1
        }
    }
}
#endif
