// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes; compared in words, as tags and URIs differ near their end.
    func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard self.count == other.count else { return false }
        var offset = 0
        while offset + 8 <= self.count {
            guard
                self.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    == other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            else { return false }
            offset += 8
        }
        while offset < self.count {
            guard self[offset] == other[offset] else { return false }
            offset += 1
        }
        return true
    }
}
