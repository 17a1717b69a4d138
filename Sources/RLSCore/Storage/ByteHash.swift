// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A seeded multiply-and-fold hash over words of sixteen bytes.
struct ByteHash {
    private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed | 1
    }

    func callAsFunction(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let buffer = UnsafeRawBufferPointer(bytes)
        var state = self.seed ^ UInt64(truncatingIfNeeded: buffer.count)
        var offset = 0
        while offset + 16 <= buffer.count {
            let low = buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let high = buffer.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
            state = Self.fold(low ^ state, high ^ self.seed)
            offset += 16
        }
        if offset + 8 <= buffer.count {
            state = Self.fold(state ^ buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self), Self.factor)
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < buffer.count {
            tail = tail << 8 | UInt64(buffer[offset])
            offset += 1
        }
        return UInt32(truncatingIfNeeded: Self.fold(state ^ tail ^ self.seed, Self.factor))
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }
}
