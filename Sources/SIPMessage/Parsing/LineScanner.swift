// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The one hot scanner: cuts a message into lines with `memchr`, without copying.
///
/// It works on the raw buffer because a bounds-checked loop is several times slower; each access is guarded by hand,
/// and the fuzz tests run over it.
struct LineScanner {
    private let buffer: UnsafeRawBufferPointer
    private(set) var position: Int

    init(_ buffer: UnsafeRawBufferPointer, from position: Int) {
        self.buffer = buffer
        self.position = position
    }

    /// The next line without its end; nil when the bytes end before the line does.
    mutating func next() -> Range<Int>? {
        guard let base = self.buffer.baseAddress, self.position < self.buffer.count,
            let found = memchr(base + self.position, 0x0A, self.buffer.count - self.position)
        else { return nil }
        let start = self.position
        let newline = UnsafeRawPointer(found) - base
        self.position = newline + 1
        let end = newline > start && self.buffer[newline - 1] == 0x0D ? newline - 1 : newline
        return start..<end
    }

    /// Whether the next line continues this one (RFC 3261 §7.3.1).
    var isFolded: Bool {
        self.position < self.buffer.count && SIPText.isBlank(self.buffer[self.position])
    }

    /// The first of these bytes in the range.
    func index(of byte: UInt8, in range: Range<Int>) -> Int? {
        guard let base = self.buffer.baseAddress, !range.isEmpty,
            let found = memchr(base + range.lowerBound, CInt(byte), range.count)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
