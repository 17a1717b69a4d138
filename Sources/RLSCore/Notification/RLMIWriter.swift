// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Writes an RLMI document (RFC 4662 §5.1) straight into bytes.
///
/// The order of calls is the order of the schema: `begin`, names, then per resource `beginResource`, names, instance,
/// `endResource`, and `end`.
enum RLMIWriter {
    static func begin(uri: SIPBytes, version: UInt32, isFull: Bool, into output: inout [UInt8]) {
        Self.write(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<list xmlns=\"urn:ietf:params:xml:ns:rlmi\" uri=\"",
            into: &output
        )
        XMLText.write(uri, into: &output)
        Self.write("\" version=\"", into: &output)
        SIPText.writeDecimal(UInt64(version), into: &output)
        Self.write(isFull ? "\" fullState=\"true\">\r\n" : "\" fullState=\"false\">\r\n", into: &output)
    }

    static func name(_ name: RLSDisplayName, into output: inout [UInt8]) {
        Self.write("<name", into: &output)
        // R4662-72: what is no language tag is left out.
        if let language = name.language, Self.isLanguageTag(language) {
            Self.write(" xml:lang=\"", into: &output)
            XMLText.write(language.utf8, into: &output)
            Self.write("\"", into: &output)
        }
        Self.write(">", into: &output)
        XMLText.write(name.text.utf8, into: &output)
        Self.write("</name>", into: &output)
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

    static func beginResource(uri: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        Self.write("<resource uri=\"", into: &output)
        XMLText.write(uri, into: &output)
        Self.write("\">", into: &output)
    }

    /// - Parameters:
    ///   - reason: required for a terminated instance (R4662-76).
    ///   - contentID: of the part that holds the state, without brackets (R4662-80).
    static func instance(
        id: UInt64,
        state: StaticString,
        reason: [UInt8]?,
        contentID: ContentID?,
        into output: inout [UInt8]
    ) {
        Self.write("<instance id=\"", into: &output)
        DialogToken.writeHex(id, digits: 16, into: &output)
        Self.write("\" state=\"", into: &output)
        Self.write(state, into: &output)
        if let reason {
            Self.write("\" reason=\"", into: &output)
            XMLText.write(reason, into: &output)
        }
        if let contentID {
            Self.write("\" cid=\"", into: &output)
            contentID.write(into: &output)
        }
        Self.write("\"/>", into: &output)
    }

    static func endResource(into output: inout [UInt8]) {
        Self.write("</resource>\r\n", into: &output)
    }

    static func end(into output: inout [UInt8]) {
        Self.write("</list>\r\n", into: &output)
    }

    static func write(_ text: StaticString, into output: inout [UInt8]) {
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
