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
        let words = bytes.withUnsafeBytes { buffer in
            (
                mark: buffer.loadUnaligned(as: UInt32.self).littleEndian,
                // Node and shard are six digits, followed by two of the slot.
                head: HexWord.value(of: Self.word(buffer, 4)), slot: HexWord.value(of: Self.word(buffer, 10)),
                high: HexWord.value(of: Self.word(buffer, 18)), low: HexWord.value(of: Self.word(buffer, 26))
            )
        }
        guard words.mark & 0xFF_FFFF == Self.mark, let kind = Kind(rawValue: UInt8(words.mark >> 24)),
            let head = words.head, let slot = words.slot, let high = words.high, let low = words.low
        else { return nil }
        self.kind = kind
        self.node = UInt16(head >> 16)
        self.shard = UInt8(truncatingIfNeeded: head >> 8)
        self.slot = slot
        self.nonce = UInt64(high) << 32 | UInt64(low)
    }

    /// "rls" as the lower bytes of a number.
    private static let mark: UInt32 = 0x73_6C72

    private static func word(_ buffer: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
    }

    func write(into bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: Self.length, alignment: 1) { buffer in
            let head = UInt32(self.node) << 16 | UInt32(self.shard) << 8 | self.slot >> 24
            buffer.storeBytes(of: (Self.mark | UInt32(self.kind.rawValue) << 24).littleEndian, as: UInt32.self)
            // Each word begins where the one before has digits that are the same or less important.
            Self.store(head, at: 4, in: buffer)
            Self.store(self.slot, at: 10, in: buffer)
            Self.store(UInt32(truncatingIfNeeded: self.nonce >> 32), at: 18, in: buffer)
            Self.store(UInt32(truncatingIfNeeded: self.nonce), at: 26, in: buffer)
            bytes.append(contentsOf: buffer)
        }
    }

    private static func store(_ value: UInt32, at offset: Int, in buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: HexWord.digits(of: value).littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.length)
        self.write(into: &bytes)
        return bytes
    }
}
