// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Eight lower-case hex digits at once, as a number whose lowest byte is the first digit.
enum HexWord {
    /// The digits of a number.
    static func digits(of value: UInt32) -> UInt64 {
        // Each nibble moves into a byte of its own.
        var word = UInt64(value)
        word = (word | word << 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word << 8) & 0x00FF_00FF_00FF_00FF
        word = (word | word << 4) & 0x0F0F_0F0F_0F0F_0F0F
        return Self.characters(of: word).byteSwapped
    }

    /// The number of eight digits; nil when one of them is none.
    static func value(of digits: UInt64) -> UInt32? {
        // Letters, and they alone among the digits, have bit 6.
        let letters = (digits >> 6) & 0x0101_0101_0101_0101
        let nibbles = (digits & 0x0F0F_0F0F_0F0F_0F0F) &+ letters &* 9
        guard nibbles & 0xF0F0_F0F0_F0F0_F0F0 == 0, Self.characters(of: nibbles) == digits else { return nil }
        var word = nibbles.byteSwapped
        word = (word | word >> 4) & 0x00FF_00FF_00FF_00FF
        word = (word | word >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: word | word >> 16)
    }

    private static func characters(of nibbles: UInt64) -> UInt64 {
        // From ten on the sum reaches bit 4, and a letter stands 0x27 further than a digit would.
        let letters = ((nibbles &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }
}
