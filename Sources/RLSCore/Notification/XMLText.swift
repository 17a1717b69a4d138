// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The one escaping rule of everything that we write into XML (S-INJECT).
enum XMLText {
    /// Writes text so that it is safe in an attribute in double quotes and in element content.
    ///
    /// Characters that XML 1.0 cannot hold are written as U+FFFD.
    static func write(_ bytes: some Collection<UInt8>, into output: inout [UInt8]) {
        // Most text has nothing to escape and goes out in one piece.
        let isWritten = bytes.withContiguousStorageIfAvailable { buffer in
            guard !Self.needsEscaping(buffer) else { return false }
            output.append(contentsOf: buffer)
            return true
        }
        guard isWritten != true else { return }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "&"): output.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): output.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): output.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): output.append(contentsOf: "&quot;".utf8)
            // Attribute-value normalisation would turn these into spaces (XML 1.0 §3.3.3).
            case 0x09: output.append(contentsOf: "&#9;".utf8)
            case 0x0A: output.append(contentsOf: "&#10;".utf8)
            case 0x0D: output.append(contentsOf: "&#13;".utf8)
            case 0x00...0x1F: output.append(contentsOf: [0xEF, 0xBF, 0xBD])
            default: output.append(byte)
            }
        }
    }

    /// Without an early exit the compiler looks at many bytes at once.
    private static func needsEscaping(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var found = false
        for byte in bytes {
            let isMarkup =
                (byte == UInt8(ascii: "&")) || (byte == UInt8(ascii: "<")) || (byte == UInt8(ascii: ">"))
                || (byte == UInt8(ascii: "\""))
            found = (byte < 0x20) || isMarkup || found
        }
        return found
    }
}
