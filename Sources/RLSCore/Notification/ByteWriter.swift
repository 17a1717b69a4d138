// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Writes bytes into memory whose size was estimated before, without asking an array at each piece whether there is room
/// and whether it is shared.
///
/// What does not fit is counted and not written; ``Swift/Array/init(expecting:writing:)`` then begins again with the right
/// size. It is the only way to get one.
struct ByteWriter: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer
    /// Bytes written so far, those included that found no room.
    fileprivate private(set) var count = 0

    fileprivate init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        self.buffer = UnsafeMutableRawBufferPointer(buffer)
    }

    mutating func write(_ bytes: UnsafeBufferPointer<UInt8>) {
        if self.count + bytes.count <= self.buffer.count, let start = self.buffer.baseAddress,
            let source = bytes.baseAddress
        {
            (start + self.count).copyMemory(from: source, byteCount: bytes.count)
        }
        self.count += bytes.count
    }

    mutating func write(_ text: StaticString) {
        self.write(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func write(_ byte: UInt8) {
        if self.count < self.buffer.count {
            self.buffer.storeBytes(of: byte, toByteOffset: self.count, as: UInt8.self)
        }
        self.count += 1
    }

    mutating func write(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBufferPointer { self.write($0) }
    }

    mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { self.write($0) }
    }

    mutating func write(text: String) {
        var text = text
        text.withUTF8 { self.write($0) }
    }

    /// Sixteen hex digits.
    mutating func writeHex(_ value: UInt64) {
        self.writeWord(HexWord.digits(of: UInt32(truncatingIfNeeded: value >> 32)))
        self.writeWord(HexWord.digits(of: UInt32(truncatingIfNeeded: value)))
    }

    mutating func writeDecimal(_ value: UInt64) {
        guard value >= 10 else { return self.write(0x30 + UInt8(truncatingIfNeeded: value)) }
        self.writeDecimal(value / 10)
        self.write(0x30 + UInt8(truncatingIfNeeded: value % 10))
    }

    private mutating func writeWord(_ word: UInt64) {
        if self.count + 8 <= self.buffer.count {
            self.buffer.storeBytes(of: word.littleEndian, toByteOffset: self.count, as: UInt64.self)
        }
        self.count += 8
    }
}

extension [UInt8] {
    /// Bytes that are written piece by piece.
    ///
    /// - Parameter expected: about how many; when there are more, they are written once more.
    init(expecting expected: Int, writing write: (inout ByteWriter) -> Void) {
        var needed = 0
        self.init(unsafeUninitializedCapacity: expected) { buffer, count in
            var writer = ByteWriter(buffer)
            write(&writer)
            needed = writer.count
            count = Swift.min(needed, buffer.count)
        }
        guard needed > self.count else { return }
        self = [UInt8](expecting: needed, writing: write)
    }
}
