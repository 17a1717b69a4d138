// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The look at a document's bytes before libxml2 sees them: size, encoding, DOCTYPE, length of tags.
struct XMLScan {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// Where the first tag begins; lines are counted from here.
    private let start: Int
    /// Where the look ends: the first NUL, or all.
    private let end: Int
    private let maxTagBytes: Int

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
        guard String(validating: bytes, as: UTF8.self) != nil else { throw XCAPDocumentError(.notUTF8) }
        try XMLScan(bytes, from: index, limits).checkMarkup()
        return start
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ limits: XCAPDocumentLimits) {
        self.bytes = bytes
        self.start = start
        self.end = bytes.firstIndex(of: 0, in: start..<bytes.count) ?? bytes.count
        self.maxTagBytes = limits.maxTagBytes
    }

    private func checkMarkup() throws(XCAPDocumentError) {
        var index = self.start
        while let open = self.bytes.firstIndex(of: UInt8(ascii: "<"), in: index..<self.end) {
            if let terminator = try self.terminator(ofSectionAt: open) {
                index = self.endOfSection(from: open + 1, terminator)
            } else {
                index = try self.endOfTag(from: open)
            }
        }
        guard self.end == self.bytes.count else { throw self.error(.notUTF8, at: self.end) }
    }

    /// How the comment, CDATA section or processing instruction ends that begins here; nil for a tag.
    private func terminator(ofSectionAt open: Int) throws(XCAPDocumentError) -> StaticString? {
        guard open + 1 < self.bytes.count else { return nil }
        switch self.bytes[open + 1] {
        case UInt8(ascii: "?"):
            return "?>"
        case UInt8(ascii: "!"):
            if self.has("<!--", at: open) { return "-->" }
            if self.has("<![CDATA[", at: open) { return "]]>" }
            throw self.error(self.has("<!DOCTYPE", at: open) ? .doctype : .notWellFormed, at: open)
        default:
            return nil
        }
    }

    /// - Returns: the index after its terminator; the end when there is none, which libxml2 will not like.
    private func endOfSection(from start: Int, _ terminator: StaticString) -> Int {
        var index = start
        while let close = self.bytes.firstIndex(of: UInt8(ascii: ">"), in: index..<self.end) {
            index = close + 1
            if self.has(terminator, at: index - terminator.utf8CodeUnitCount) { return index }
        }
        return self.end
    }

    /// - Returns: the index after its `>`, which is not one inside of quotes.
    private func endOfTag(from open: Int) throws(XCAPDocumentError) -> Int {
        let isLong = self.end - open > self.maxTagBytes
        let end = isLong ? open + max(self.maxTagBytes, 1) : self.end
        let bytes = self.bytes
        var index = open + 1
        while index < end {
            let byte = bytes[index]
            index += 1
            // Letters, of which tags mostly are, are behind all that matters here.
            guard byte <= UInt8(ascii: ">") else { continue }
            if byte == UInt8(ascii: ">") { return index }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                index = bytes.firstIndex(of: byte, in: index..<end).map { $0 + 1 } ?? end
            }
        }
        guard end == self.end else { throw self.error(.valueTooLong, at: end) }
        return end
    }

    private func has(_ text: StaticString, at index: Int) -> Bool {
        guard index >= 0, self.bytes.count - index >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(self.bytes[index..<(index + text.utf8CodeUnitCount)]) }
    }

    /// Lines are counted for documents only that are refused.
    private func error(_ code: XCAPDocumentError.Code, at index: Int) -> XCAPDocumentError {
        let newlines = self.bytes[self.start...index].count { $0 == UInt8(ascii: "\n") }
        return XCAPDocumentError(code, line: 1 + newlines)
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
