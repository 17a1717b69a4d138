// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Percent escapes in URIs.
enum SIPEscape {
    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    /// Whether all escapes have two hex digits.
    static func isWellFormed(_ bytes: SIPBytes) -> Bool {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, self.hexDigit(bytes[index + 1]) != nil,
                    self.hexDigit(bytes[index + 2]) != nil
                else { return false }
                index += 3
            } else {
                index += 1
            }
        }
        return true
    }

    /// Decodes once every escape of an unreserved character, and writes the remaining ones in upper case
    /// (R3261-33, R4826-71, R4826-75).
    static func normalized(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(UInt8(ascii: "%")) else { return text }
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = self.hexDigit(bytes[index + 1]),
                let low = self.hexDigit(bytes[index + 2])
            {
                let byte = high << 4 | low
                if self.isUnreserved(byte) {
                    output.append(byte)
                } else {
                    output.append(UInt8(ascii: "%"))
                    output.append(contentsOf: [high, low].map { $0 < 10 ? 0x30 + $0 : 0x37 + $0 })
                }
                index += 3
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Escapes every byte that may not stand bare, and `%`.
    static func escaped(_ text: String, where isBare: (UInt8) -> Bool) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            if byte != UInt8(ascii: "%"), isBare(byte) {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(contentsOf: [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x37 + $0 })
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// RFC 3261 §25.1: alphanumeric or mark.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        if SIPText.isAlphanumeric(byte) {
            return true
        }
        switch byte {
        // - _ . ! ~ * ' ( )
        case 0x2D, 0x5F, 0x2E, 0x21, 0x7E, 0x2A, 0x27, 0x28, 0x29: return true
        default: return false
        }
    }
}
