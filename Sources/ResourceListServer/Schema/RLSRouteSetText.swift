// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The column `record_route`: name-addrs with commas between them.
package enum RLSRouteSetText {
    /// Splits at the commas outside of quotes and angle brackets.
    package static func split(_ text: String) -> [String] {
        var values: [String] = []
        var current: [UInt8] = []
        var isQuoted = false
        var isEscaped = false
        var isBracketed = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: ",") where !isQuoted && !isBracketed:
                Self.append(current, to: &values)
                current = []
                continue
            case UInt8(ascii: "\"") where !isEscaped && !isBracketed:
                isQuoted.toggle()
            case UInt8(ascii: "<") where !isQuoted:
                isBracketed = true
            case UInt8(ascii: ">") where !isQuoted:
                isBracketed = false
            default:
                break
            }
            isEscaped = isQuoted && !isEscaped && byte == UInt8(ascii: "\\")
            current.append(byte)
        }
        Self.append(current, to: &values)
        return values
    }

    private static func append(_ bytes: [UInt8], to values: inout [String]) {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d || $0 == 0x0a }
        var trimmed = bytes.drop(while: isBlank)
        while let last = trimmed.last, isBlank(last) {
            trimmed.removeLast()
        }
        if !trimmed.isEmpty {
            values.append(String(decoding: trimmed, as: UTF8.self))
        }
    }
}
