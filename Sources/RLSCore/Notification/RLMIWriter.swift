// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Writes an RLMI document (RFC 4662 §5.1) straight into bytes.
///
/// The order of calls is the order of the schema: `begin`, names, then per resource `beginResource`, names, instance,
/// `endResource`, and `end`.
enum RLMIWriter {
    static func begin(uri: SIPBytes, version: UInt32, isFull: Bool, into output: inout ByteWriter) {
        output.write(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<list xmlns=\"urn:ietf:params:xml:ns:rlmi\" uri=\""
        )
        uri.withUnsafeBufferPointer { XMLText.write($0, into: &output) }
        output.write("\" version=\"")
        output.writeDecimal(UInt64(version))
        output.write(isFull ? "\" fullState=\"true\">\r\n" : "\" fullState=\"false\">\r\n")
    }

    static func name(_ name: RLSDisplayName, into output: inout ByteWriter) {
        output.write("<name")
        // R4662-72: what is no language tag is left out.
        if let language = name.language, Self.isLanguageTag(language) {
            output.write(" xml:lang=\"")
            XMLText.write(language, into: &output)
            output.write("\"")
        }
        output.write(">")
        XMLText.write(name.text, into: &output)
        output.write("</name>")
    }

    /// The shape of a language tag (RFC 5646 §2.1): subtags of one to eight letters and digits, the first of letters.
    private static func isLanguageTag(_ text: String) -> Bool {
        let subtags = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard let first = subtags.first, first.allSatisfy({ Self.isLetter($0) }) else { return false }
        return subtags.allSatisfy { subtag in
            (1...8).contains(subtag.count) && subtag.allSatisfy { Self.isLetter($0) || (0x30...0x39).contains($0) }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20)
    }

    static func beginResource(uri: UnsafeBufferPointer<UInt8>, into output: inout ByteWriter) {
        output.write("<resource uri=\"")
        XMLText.write(uri, into: &output)
        output.write("\">")
    }

    /// - Parameters:
    ///   - reason: required for a terminated instance (R4662-76).
    ///   - contentID: of the part that holds the state, without brackets (R4662-80).
    static func instance(
        id: UInt64,
        state: StaticString,
        reason: UnsafeBufferPointer<UInt8>?,
        contentID: ContentID?,
        into output: inout ByteWriter
    ) {
        output.write("<instance id=\"")
        output.writeHex(id)
        output.write("\" state=\"")
        output.write(state)
        if let reason {
            output.write("\" reason=\"")
            XMLText.write(reason, into: &output)
        }
        if let contentID {
            output.write("\" cid=\"")
            contentID.write(into: &output)
        }
        output.write("\"/>")
    }

    static func endResource(into output: inout ByteWriter) {
        output.write("</resource>\r\n")
    }

    static func end(into output: inout ByteWriter) {
        output.write("</list>\r\n")
    }
}
