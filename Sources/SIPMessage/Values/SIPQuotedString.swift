// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Quoted strings (RFC 3261 §25.1).
enum SIPQuotedString {
    /// The text between the quotes; nil when the bytes are not one whole quoted string.
    static func unquote(_ bytes: SIPBytes) -> String? {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "\"") else { return nil }
        var text: [UInt8] = []
        var index = bytes.startIndex + 1
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "\\"):
                guard index + 1 < bytes.endIndex else { return nil }
                text.append(bytes[index + 1])
                index += 2
            case UInt8(ascii: "\""):
                return index + 1 == bytes.endIndex ? String(decoding: text, as: UTF8.self) : nil
            default:
                text.append(bytes[index])
                index += 1
            }
        }
        return nil
    }

    /// The text in quotes.
    static func quote(_ text: String) -> String {
        var quoted = "\""
        for character in text {
            if character == "\"" || character == "\\" {
                quoted.append("\\")
            }
            quoted.append(character)
        }
        return quoted + "\""
    }
}
