// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Comma-separated values in text that was stored.
enum HeaderList {
    /// Splits at commas outside quotes and angle brackets.
    static func split(_ text: String) -> [[UInt8]] {
        var values: [[UInt8]] = []
        var value: [UInt8] = []
        var isQuoted = false
        var depth = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "<") where !isQuoted: depth += 1
            case UInt8(ascii: ">") where !isQuoted: depth -= 1
            case UInt8(ascii: ",") where !isQuoted && depth <= 0:
                values.append(value)
                value = []
                continue
            default: break
            }
            value.append(byte)
        }
        values.append(value)
        return values.map { Array($0.drop { $0 == 0x20 || $0 == 0x09 }) }.filter { !$0.isEmpty }
    }
}
