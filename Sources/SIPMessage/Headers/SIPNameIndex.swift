// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A table from the bytes of a header name to its number.
///
/// A name is compared as four words in lower case: its first, second and third eight bytes and its last eight. That is
/// all of it up to 32 bytes, which no well-known name exceeds.
struct SIPNameIndex: Sendable {
    private struct Entry: Sendable {
        var words: Words = Words()
        var length: UInt8 = 0
        var id: UInt8 = 0
    }

    private struct Words: Equatable, Sendable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var last: UInt64 = 0

        var slot: Int {
            Int(truncatingIfNeeded: ((self.first ^ (self.last &* 31)) &* 0x9E37_79B9_7F4A_7C15) >> 56)
        }
    }

    private static let longest = 32
    /// Open addressing, four times as many places as names.
    private let table: [Entry]

    init() {
        var table = [Entry](repeating: Entry(), count: 256)
        for (id, name) in SIPWellKnownNames.all.enumerated() where id > 0 {
            var letter = name.compact
            withUnsafeBytes(of: &letter) { compact in
                for bytes in [UnsafeRawBufferPointer(name.utf8), compact] where bytes.first != 0 {
                    let words = Self.words(bytes, 0..<bytes.count)
                    var slot = words.slot
                    while table[slot].id != 0 {
                        slot = (slot + 1) & 255
                    }
                    table[slot] = Entry(words: words, length: UInt8(bytes.count), id: UInt8(id))
                }
            }
        }
        self.table = table
    }

    /// The number of the name in this range of the buffer; 0 when it is not well known.
    func id(in buffer: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt8 {
        guard !range.isEmpty, range.count <= Self.longest, range.upperBound <= buffer.count else { return 0 }
        let words = Self.words(buffer, range)
        var slot = words.slot
        while self.table[slot].id != 0 {
            if Int(self.table[slot].length) == range.count, self.table[slot].words == words {
                return self.table[slot].id
            }
            slot = (slot + 1) & 255
        }
        return 0
    }

    private static func words(_ buffer: UnsafeRawBufferPointer, _ range: Range<Int>) -> Words {
        var words = Words()
        words.first = self.word(buffer, range.lowerBound..<min(range.upperBound, range.lowerBound + 8))
        guard range.count > 8 else { return words }
        words.last = self.word(buffer, range.upperBound - 8..<range.upperBound)
        guard range.count > 16 else { return words }
        words.second = self.word(buffer, range.lowerBound + 8..<range.lowerBound + 16)
        guard range.count > 24 else { return words }
        words.third = self.word(buffer, range.lowerBound + 16..<range.lowerBound + 24)
        return words
    }

    /// Up to eight bytes as a number, letters in lower case.
    private static func word(_ buffer: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt64 {
        if range.lowerBound + 8 <= buffer.count {
            let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self))
            return self.lowercased(word & (.max >> (64 - 8 * UInt64(range.count))))
        }
        var word: UInt64 = 0
        for index in range.reversed() {
            word = word << 8 | UInt64(buffer[index])
        }
        return self.lowercased(word)
    }

    /// Eight bytes at once: 0x20 is added to those between A and Z. The sums leave bit 7 of a byte set when it is not
    /// below the letter, and carry nothing into the next byte.
    private static func lowercased(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let notBelowA = low &+ 0x3F3F_3F3F_3F3F_3F3F
        let aboveZ = low &+ 0x2525_2525_2525_2525
        let isUpper = (notBelowA ^ aboveZ) & ~word & 0x8080_8080_8080_8080
        return word | isUpper >> 2
    }
}
