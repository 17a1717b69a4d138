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
        var isQuoted = false
        var isBracketed = false
        var index = 0
        if bytes.first == UInt8(ascii: "<") {
            // The usual case, without a display name: nothing before the bracket closes can be a parameter.
            while index < bytes.count, bytes[index] != UInt8(ascii: ">") {
                index += 1
            }
        }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isQuoted {
                if byte == UInt8(ascii: "\\") {
                    index += 1
                } else if byte == UInt8(ascii: "\"") {
                    isQuoted = false
                }
            } else if isBracketed {
                isBracketed = byte != UInt8(ascii: ">")
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == UInt8(ascii: "<") {
                isBracketed = true
            } else if byte == UInt8(ascii: ";"), let start = self.valueOfTag(bytes, from: index) {
                var end = start
                while end < bytes.count, SIPText.isTokenByte(bytes[end]) {
                    end += 1
                }
                return end > start ? start..<end : nil
            }
        }
        return nil
    }

    /// Where the value begins when the parameter here is `tag`, with blanks around name and `=`.
    private static func valueOfTag(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = self.skipBlanks(bytes, from: start)
        guard index + 3 < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "t"),
            bytes[index + 1] | 0x20 == UInt8(ascii: "a"), bytes[index + 2] | 0x20 == UInt8(ascii: "g")
        else { return nil }
        index = self.skipBlanks(bytes, from: index + 3)
        guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else { return nil }
        return self.skipBlanks(bytes, from: index + 1)
    }

    private static func skipBlanks(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count, SIPText.isBlank(bytes[index]) {
            index += 1
        }
        return index
    }
}
