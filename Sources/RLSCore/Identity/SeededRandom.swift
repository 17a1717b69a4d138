// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The seed of an engine's randomness, 256 bits from a secure source.
public struct RLSSeed: Sendable {
    var words: (UInt64, UInt64, UInt64, UInt64)

    /// Creates a seed.
    public init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
        self.words = (first, second, third, fourth)
    }
}

/// ChaCha with 12 rounds as a generator: the same seed gives the same tags, and nobody can guess the next one
/// from those that were seen (S-SPOOF).
struct SeededRandom: RandomNumberGenerator {
    private var input: InlineArray<16, UInt32>
    private var block = InlineArray<16, UInt32>(repeating: 0)
    private var used = 16

    init(seed: RLSSeed) {
        var input = InlineArray<16, UInt32>(repeating: 0)
        input[0] = 0x6170_7865
        input[1] = 0x3320_646E
        input[2] = 0x7962_2D32
        input[3] = 0x6B20_6574
        let words = [seed.words.0, seed.words.1, seed.words.2, seed.words.3]
        for (index, word) in words.enumerated() {
            input[4 + 2 * index] = UInt32(truncatingIfNeeded: word)
            input[5 + 2 * index] = UInt32(truncatingIfNeeded: word >> 32)
        }
        self.input = input
    }

    mutating func next() -> UInt64 {
        if self.used == 16 {
            self.refill()
        }
        let low = UInt64(self.block[self.used])
        let high = UInt64(self.block[self.used + 1])
        self.used += 2
        return high << 32 | low
    }

    /// Between 0 and 1, without 1.
    mutating func nextUnit() -> Double {
        Double(self.next() >> 11) / Double(1 << 53)
    }

    private mutating func refill() {
        var state = self.input
        for _ in 0..<6 {
            Self.quarterRound(&state, 0, 4, 8, 12)
            Self.quarterRound(&state, 1, 5, 9, 13)
            Self.quarterRound(&state, 2, 6, 10, 14)
            Self.quarterRound(&state, 3, 7, 11, 15)
            Self.quarterRound(&state, 0, 5, 10, 15)
            Self.quarterRound(&state, 1, 6, 11, 12)
            Self.quarterRound(&state, 2, 7, 8, 13)
            Self.quarterRound(&state, 3, 4, 9, 14)
        }
        for index in 0..<16 {
            self.block[index] = state[index] &+ self.input[index]
        }
        self.input[12] &+= 1
        if self.input[12] == 0 {
            self.input[13] &+= 1
        }
        self.used = 0
    }

    private static func quarterRound(_ s: inout InlineArray<16, UInt32>, _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        s[a] &+= s[b]
        s[d] = Self.rotate(s[d] ^ s[a], 16)
        s[c] &+= s[d]
        s[b] = Self.rotate(s[b] ^ s[c], 12)
        s[a] &+= s[b]
        s[d] = Self.rotate(s[d] ^ s[a], 8)
        s[c] &+= s[d]
        s[b] = Self.rotate(s[b] ^ s[c], 7)
    }

    private static func rotate(_ value: UInt32, _ bits: UInt32) -> UInt32 {
        value << bits | value >> (32 - bits)
    }
}
