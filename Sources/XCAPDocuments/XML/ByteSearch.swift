// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

extension UnsafeBufferPointer<UInt8> {
    /// Where a byte stands first in a range, found by the C library, which looks at many bytes at a time.
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= self.count, "a range of these bytes")
        guard let base = self.baseAddress else { return nil }
        let found = memchr(base + range.lowerBound, Int32(byte), range.count)
        return found.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) }
    }
}
