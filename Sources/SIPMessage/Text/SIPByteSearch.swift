// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension UnsafeRawBufferPointer {
    /// The first of these bytes in the range. The C library looks at a whole register of bytes at once.
    @inline(__always)
    package func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= self.count)
        guard let base = self.baseAddress, !range.isEmpty,
            let found = memchr(base + range.lowerBound, CInt(byte), range.count)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
