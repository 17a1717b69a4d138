// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The one escaping rule of everything that we write into XML (S-INJECT).
enum XMLText {
    /// Writes text so that it is safe in an attribute in double quotes and in element content.
    ///
    /// Characters that XML 1.0 cannot hold are written as U+FFFD.
    static func write(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout ByteWriter) {
        // Most text has nothing to escape and goes out in one piece.
        guard Self.needsEscaping(bytes) else { return output.write(bytes) }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "&"): output.write("&amp;")
            case UInt8(ascii: "<"): output.write("&lt;")
            case UInt8(ascii: ">"): output.write("&gt;")
            case UInt8(ascii: "\""): output.write("&quot;")
            // Attribute-value normalisation would turn these into spaces (XML 1.0 §3.3.3).
            case 0x09: output.write("&#9;")
            case 0x0A: output.write("&#10;")
            case 0x0D: output.write("&#13;")
            case 0x00...0x1F: output.write("\u{FFFD}")
            default: output.write(byte)
            }
        }
    }

    static func write(_ text: String, into output: inout ByteWriter) {
        var text = text
        text.withUTF8 { Self.write($0, into: &output) }
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
