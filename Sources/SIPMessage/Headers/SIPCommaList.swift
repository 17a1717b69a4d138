// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Splits header values at commas.
package enum SIPCommaList {
    /// The values between commas outside quotes and angle brackets, without blanks around them; empty ones are left out.
    package static func split(_ bytes: SIPBytes) -> [SIPBytes] {
        guard bytes.contains(UInt8(ascii: ",")) else {
            let value = SIPText.trimmed(bytes)
            return value.isEmpty ? [] : [value]
        }
        var values: [SIPBytes] = []
        var start = bytes.startIndex
        var scanner = SIPDelimiterScanner(bytes)
        while let comma = scanner.next(UInt8(ascii: ",")) {
            let value = SIPText.trimmed(bytes[start..<comma])
            if !value.isEmpty {
                values.append(value)
            }
            start = comma + 1
        }
        let value = SIPText.trimmed(bytes[start...])
        if !value.isEmpty {
            values.append(value)
        }
        return values
    }
}

/// Finds delimiters that stand outside quoted strings and angle brackets.
struct SIPDelimiterScanner {
    private let bytes: SIPBytes
    private var position: Int
    private var isQuoted = false
    private var isBracketed = false

    init(_ bytes: SIPBytes) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    mutating func next(_ delimiter: UInt8) -> Int? {
        while self.position < self.bytes.endIndex {
            let byte = self.bytes[self.position]
            let place = self.position
            self.position += 1
            if self.isQuoted {
                if byte == UInt8(ascii: "\\") {
                    self.position += 1
                } else if byte == UInt8(ascii: "\"") {
                    self.isQuoted = false
                }
            } else if byte == UInt8(ascii: "\"") {
                self.isQuoted = true
            } else if self.isBracketed {
                self.isBracketed = byte != UInt8(ascii: ">")
            } else if byte == UInt8(ascii: "<") {
                self.isBracketed = true
            } else if byte == delimiter {
                return place
            }
        }
        return nil
    }
}
