// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The texts of documents, put in order.
enum XMLText {
    /// Without the white space around it: authors fold lines (R4826-20).
    static func trimmed(_ text: some BidirectionalCollection<UInt8>) -> String {
        guard
            let first = text.firstIndex(where: { !XMLScan.isSpace($0) }),
            let last = text.lastIndex(where: { !XMLScan.isSpace($0) })
        else {
            return ""
        }
        return String(decoding: text[first...last], as: UTF8.self)
    }

    static func trimmed(_ text: String) -> String {
        guard let first = text.utf8.first, let last = text.utf8.last else { return text }
        return XMLScan.isSpace(first) || XMLScan.isSpace(last) ? self.trimmed(text.utf8) : text
    }

    /// A name: trimmed, each run of white space one blank.
    static func oneLine(_ text: [UInt8]) -> String {
        guard !self.isOneLine(text) else { return String(decoding: text, as: UTF8.self) }
        let words = text.split(whereSeparator: XMLScan.isSpace)
        return String(decoding: Array(words.joined(separator: [0x20])), as: UTF8.self)
    }

    private static func isOneLine(_ text: [UInt8]) -> Bool {
        var isBehindSpace = true
        for byte in text {
            let isSpace = XMLScan.isSpace(byte)
            guard !isSpace || (byte == 0x20 && !isBehindSpace) else { return false }
            isBehindSpace = isSpace
        }
        return !isBehindSpace
    }

    /// A language tag as `xs:language` has it; nil when it is none.
    static func language(_ tag: String) -> String? {
        let parts = tag.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let isTag = parts.enumerated().allSatisfy { index, part in
            (1...8).contains(part.count)
                && part.allSatisfy { byte in
                    let isLetter = (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
                    return isLetter || (index > 0 && byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
                }
        }
        return isTag ? tag : nil
    }
}
