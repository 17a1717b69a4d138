// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The look at a document's bytes before libxml2 sees them: size, encoding, DOCTYPE, length of tags.
enum XMLScan {
    /// Refuses what must not reach the parser.
    ///
    /// - Returns: where the document begins, after a byte order mark.
    static func check(_ bytes: UnsafeBufferPointer<UInt8>, _ limits: XCAPDocumentLimits) throws(XCAPDocumentError)
        -> Int
    {
        guard bytes.count <= limits.maxBytes else { throw XCAPDocumentError(.tooLarge) }
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var index = start
        while index < bytes.count, Self.isSpace(bytes[index]) {
            index += 1
        }
        guard index < bytes.count else { throw XCAPDocumentError(.empty) }
        // RFC 4825 §5: documents are UTF-8. UTF-16 and UTF-32 contain NUL or begin with another mark, EBCDIC does not
        // begin with this "<": what is checked here is then what libxml2 will see.
        guard bytes[index] == UInt8(ascii: "<") else {
            throw XCAPDocumentError(bytes[index] < 0x80 && bytes[index] != 0 ? .notWellFormed : .notUTF8, line: 1)
        }
        guard (try? UTF8Span(validating: bytes.span)) != nil else { throw XCAPDocumentError(.notUTF8) }
        try Self.checkMarkup(bytes, from: index, limits)
        return start
    }

    private enum Place {
        case text
        case tag(start: Int)
        case value(start: Int, quote: UInt8)
        /// A comment, CDATA section or processing instruction.
        case skipped(until: StaticString)
    }

    private static func checkMarkup(
        _ bytes: UnsafeBufferPointer<UInt8>,
        from start: Int,
        _ limits: XCAPDocumentLimits
    ) throws(XCAPDocumentError) {
        var place = Place.text
        var line = 1
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case 0: throw XCAPDocumentError(.notUTF8, line: line)
            case UInt8(ascii: "\n"): line &+= 1
            default: break
            }
            switch place {
            case .text:
                if byte == UInt8(ascii: "<") {
                    place = try Self.markup(bytes, at: index, line: line)
                }
            case .tag(let start):
                guard index - start < limits.maxTagBytes else { throw XCAPDocumentError(.valueTooLong, line: line) }
                if byte == UInt8(ascii: ">") {
                    place = .text
                } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    place = .value(start: start, quote: byte)
                }
            case .value(let start, let quote):
                guard index - start < limits.maxTagBytes else { throw XCAPDocumentError(.valueTooLong, line: line) }
                if byte == quote {
                    place = .tag(start: start)
                }
            case .skipped(let end):
                if byte == UInt8(ascii: ">"), Self.text(end, endsAt: index, in: bytes) {
                    place = .text
                }
            }
            index += 1
        }
    }

    private static func markup(
        _ bytes: UnsafeBufferPointer<UInt8>,
        at index: Int,
        line: Int
    ) throws(XCAPDocumentError) -> Place {
        guard index + 1 < bytes.count else { return .tag(start: index) }
        switch bytes[index + 1] {
        case UInt8(ascii: "?"):
            return .skipped(until: "?>")
        case UInt8(ascii: "!"):
            if Self.text("<!--", beginsAt: index, in: bytes) { return .skipped(until: "-->") }
            if Self.text("<![CDATA[", beginsAt: index, in: bytes) { return .skipped(until: "]]>") }
            guard Self.text("<!DOCTYPE", beginsAt: index, in: bytes) else {
                throw XCAPDocumentError(.notWellFormed, line: line)
            }
            throw XCAPDocumentError(.doctype, line: line)
        default:
            return .tag(start: index)
        }
    }

    private static func text(_ text: StaticString, beginsAt index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard index >= 0, bytes.count - index >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(bytes[index..<(index + text.utf8CodeUnitCount)]) }
    }

    private static func text(_ text: StaticString, endsAt index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        Self.text(text, beginsAt: index + 1 - text.utf8CodeUnitCount, in: bytes)
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
