// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// A tag or Call-ID of ours that finds its own row: mark, node, shard, slot and a nonce of 64 bits, 34 characters.
///
/// Slot in range and nonce equal: ours and alive. The mark without a match: ours but gone, or restored from a store.
/// No dictionary is needed on the hot path and no secret has to be kept over a restart. Letters are lower case, as
/// peers may compare tags byte by byte (R3261-17).
struct DialogToken: Hashable, BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        /// Our tag in a list dialog (we are notifier).
        case listTag = 0x6C  // "l"
        /// Our tag in a back-end dialog (we are subscriber).
        case backendTag = 0x62  // "b"
        /// Call-ID of a back-end dialog.
        case backendCallID = 0x63  // "c"
    }

    static let length = 34
    /// The slot of a dialog that ended with its first NOTIFY (a fetch).
    static let noSlot = UInt32.max

    var kind: Kind
    var node: UInt16
    var shard: UInt8
    var slot: UInt32
    var nonce: UInt64

    init(_ kind: Kind, node: UInt16, shard: UInt8, slot: UInt32, nonce: UInt64) {
        self.kind = kind
        self.node = node
        self.shard = shard
        self.slot = slot
        self.nonce = nonce
    }

    /// Reads a tag or Call-ID; nil when it does not have our form.
    init?(_ bytes: SIPBytes) {
        guard bytes.count == Self.length else { return nil }
        let start = bytes.startIndex
        guard bytes[start] == UInt8(ascii: "r"), bytes[start + 1] == UInt8(ascii: "l"),
            bytes[start + 2] == UInt8(ascii: "s"), let kind = Kind(rawValue: bytes[start + 3])
        else { return nil }
        var value: UInt64 = 0
        var head: UInt64 = 0
        for offset in 4..<Self.length {
            guard let digit = Self.digit(bytes[start + offset]) else { return nil }
            value = value << 4 | digit
            // Node and shard (6 digits) and slot (8 digits) come before the nonce.
            if offset == 17 {
                head = value
                value = 0
            }
        }
        self.kind = kind
        self.node = UInt16(truncatingIfNeeded: head >> 40)
        self.shard = UInt8(truncatingIfNeeded: head >> 32)
        self.slot = UInt32(truncatingIfNeeded: head)
        self.nonce = value
    }

    func write(into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "r"))
        bytes.append(UInt8(ascii: "l"))
        bytes.append(UInt8(ascii: "s"))
        bytes.append(self.kind.rawValue)
        Self.writeHex(UInt64(self.node) << 8 | UInt64(self.shard), digits: 6, into: &bytes)
        Self.writeHex(UInt64(self.slot), digits: 8, into: &bytes)
        Self.writeHex(self.nonce, digits: 16, into: &bytes)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.length)
        self.write(into: &bytes)
        return bytes
    }

    static func writeHex(_ value: UInt64, digits: Int, into bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: digits) { buffer in
            for index in 0..<digits {
                let nibble = UInt8(truncatingIfNeeded: value >> UInt64(4 * (digits - 1 - index))) & 0xF
                buffer[index] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
            }
            bytes.append(contentsOf: UnsafeBufferPointer(buffer))
        }
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x61...0x66: UInt64(byte - 0x57)
        default: nil
        }
    }
}
