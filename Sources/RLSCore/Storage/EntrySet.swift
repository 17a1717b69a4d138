// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Entries of a list, by their index: a bit for each, the first 64 without memory of their own.
struct EntrySet {
    private var first: UInt64 = 0
    private var rest: [UInt64] = []
    private(set) var count = 0

    var isEmpty: Bool { self.count == 0 }

    mutating func insert(_ entry: UInt32) {
        let word = Int(entry >> 6)
        let bit: UInt64 = 1 << UInt64(entry & 63)
        if word == 0 {
            guard self.first & bit == 0 else { return }
            self.first |= bit
        } else {
            while self.rest.count < word {
                self.rest.append(0)
            }
            guard self.rest[word - 1] & bit == 0 else { return }
            self.rest[word - 1] |= bit
        }
        self.count += 1
    }

    mutating func remove(_ entry: UInt32) {
        let word = Int(entry >> 6)
        let bit: UInt64 = 1 << UInt64(entry & 63)
        if word == 0 {
            guard self.first & bit != 0 else { return }
            self.first &= ~bit
        } else {
            guard word <= self.rest.count, self.rest[word - 1] & bit != 0 else { return }
            self.rest[word - 1] &= ~bit
        }
        self.count -= 1
    }

    /// Calls with each entry, in list order.
    func forEach(_ body: (UInt32) -> Void) {
        guard self.count > 0 else { return }
        Self.forEach(in: self.first, from: 0, body)
        for (index, word) in self.rest.enumerated() {
            Self.forEach(in: word, from: UInt32(index + 1) << 6, body)
        }
    }

    private static func forEach(in word: UInt64, from base: UInt32, _ body: (UInt32) -> Void) {
        var left = word
        while left != 0 {
            body(base + UInt32(left.trailingZeroBitCount))
            left &= left - 1
        }
    }
}
