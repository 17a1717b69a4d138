// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// SipHash-2-4 (Aumasson and Bernstein, 2012): who does not know the key can neither guess nor steer a result, whatever
/// results were seen.
///
/// Numbers that follow from other numbers need not be kept.
struct KeyedHash {
    private let key: (UInt64, UInt64)

    init(key: (UInt64, UInt64)) {
        self.key = key
    }

    /// The hash of one number.
    func callAsFunction(_ word: UInt64) -> UInt64 {
        var state = State(key: self.key)
        state.absorb(word)
        return state.finish(tail: 0, count: 8)
    }

    /// The hash of bytes.
    func callAsFunction(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var state = State(key: self.key)
        var word: UInt64 = 0
        var count: UInt64 = 0
        for byte in bytes {
            word |= UInt64(byte) << (8 * (count & 7))
            count += 1
            if count & 7 == 0 {
                state.absorb(word)
                word = 0
            }
        }
        return state.finish(tail: word, count: count)
    }

    private struct State {
        private var v: (UInt64, UInt64, UInt64, UInt64)

        init(key: (UInt64, UInt64)) {
            self.v = (
                key.0 ^ 0x736F_6D65_7073_6575, key.1 ^ 0x646F_7261_6E64_6F6D, key.0 ^ 0x6C79_6765_6E65_7261,
                key.1 ^ 0x7465_6462_7974_6573
            )
        }

        mutating func absorb(_ word: UInt64) {
            self.v.3 ^= word
            self.round()
            self.round()
            self.v.0 ^= word
        }

        /// - Parameters:
        ///   - tail: what is left of the bytes behind the last whole word.
        ///   - count: of all bytes.
        mutating func finish(tail: UInt64, count: UInt64) -> UInt64 {
            self.absorb(count << 56 | tail)
            self.v.2 ^= 0xFF
            for _ in 0..<4 {
                self.round()
            }
            return self.v.0 ^ self.v.1 ^ self.v.2 ^ self.v.3
        }

        private mutating func round() {
            self.v.0 &+= self.v.1
            self.v.1 = Self.rotate(self.v.1, 13) ^ self.v.0
            self.v.0 = Self.rotate(self.v.0, 32)
            self.v.2 &+= self.v.3
            self.v.3 = Self.rotate(self.v.3, 16) ^ self.v.2
            self.v.0 &+= self.v.3
            self.v.3 = Self.rotate(self.v.3, 21) ^ self.v.0
            self.v.2 &+= self.v.1
            self.v.1 = Self.rotate(self.v.1, 17) ^ self.v.2
            self.v.2 = Self.rotate(self.v.2, 32)
        }

        private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
            value << bits | value >> (64 - bits)
        }
    }
}
