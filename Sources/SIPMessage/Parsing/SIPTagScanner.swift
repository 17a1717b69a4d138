// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Finds the `tag` parameter of From and To, in one pass and without allocating.
@usableFromInline
enum SIPTagScanner {
    @usableFromInline
    static func tag(in value: SIPBytes) -> SIPBytes? {
        let range = value.withUnsafeBufferPointer { self.find($0) }
        return range.map { value[value.startIndex + $0.lowerBound..<value.startIndex + $0.upperBound] }
    }

    private static func find(_ bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var parameters = SIPParameterCursor(bytes)
        while let name = parameters.next() {
            guard let start = parameters.valueStart, bytes.equals(name, ignoringCase: "tag") else { continue }
            var end = start
            while end < bytes.count, SIPText.isTokenByte(bytes[end]) {
                end += 1
            }
            return end > start ? start..<end : nil
        }
        return nil
    }
}
