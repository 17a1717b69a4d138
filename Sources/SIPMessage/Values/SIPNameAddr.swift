// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A name-addr or addr-spec with parameters: From, To, Contact, Route (RFC 3261 §20.10).
public struct SIPNameAddr: Hashable, Sendable {
    /// The display name without quotes.
    public var displayName: String?
    /// The URI.
    public var uri: SIPURI
    /// Parameters of the header, not of the URI.
    public var parameters: SIPParameters

    /// Creates a value.
    public init(displayName: String? = nil, uri: SIPURI, parameters: SIPParameters = SIPParameters()) {
        self.displayName = displayName
        self.uri = uri
        self.parameters = parameters
    }

    /// Reads one value.
    ///
    /// Without angle brackets everything after a semicolon is a parameter of the header, and neither a question mark
    /// nor a comma may stand in the URI (RFC 3261 §20).
    public init(parsing bytes: SIPBytes, header: SIPHeaderName? = nil) throws(SIPParseError) {
        let text = SIPText.trimmed(bytes)
        guard let open = Self.bracket(in: text) else {
            let end = text.firstIndex(of: UInt8(ascii: ";")) ?? text.endIndex
            let uri = SIPText.trimmed(text[text.startIndex..<end])
            guard !uri.contains(UInt8(ascii: "?")), !uri.contains(UInt8(ascii: ",")) else {
                throw SIPParseError(
                    .headerValue,
                    offset: text.startIndex,
                    header: header,
                    reason: "needs angle brackets"
                )
            }
            self.displayName = nil
            self.uri = try Self.uri(uri, header)
            self.parameters = try SIPParameters(parsing: text[end...], header: header)
            return
        }
        guard let close = text[open...].firstIndex(of: UInt8(ascii: ">")) else {
            throw SIPParseError(.headerValue, offset: open, header: header, reason: "no closing angle bracket")
        }
        self.displayName = try Self.displayName(SIPText.trimmed(text[text.startIndex..<open]), header)
        self.uri = try Self.uri(text[(open + 1)..<close], header)
        self.parameters = try SIPParameters(parsing: SIPText.trimmed(text[(close + 1)...]), header: header)
    }

    /// The `tag` parameter.
    public var tag: String? { self.parameters.value("tag") }

    /// The value as it is written, with angle brackets.
    public var text: String {
        let name = self.displayName.map { SIPQuotedString.quote($0) + " " } ?? ""
        return "\(name)<\(self.uri.text)>\(self.parameters.text)"
    }

    private static func uri(_ bytes: SIPBytes, _ header: SIPHeaderName?) throws(SIPParseError) -> SIPURI {
        do throws(SIPParseError) {
            return try SIPURI(bytes: bytes)
        } catch {
            var error = error
            error.header = header
            throw error
        }
    }

    private static func bracket(in text: SIPBytes) -> Int? {
        var isQuoted = false
        var index = text.startIndex
        while index < text.endIndex {
            switch text[index] {
            case UInt8(ascii: "\\") where isQuoted: index += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "<") where !isQuoted: return index
            default: break
            }
            index += 1
        }
        return nil
    }

    private static func displayName(_ text: SIPBytes, _ header: SIPHeaderName?) throws(SIPParseError) -> String? {
        guard let first = text.first else { return nil }
        if first == UInt8(ascii: "\"") {
            guard let name = SIPQuotedString.unquote(text) else {
                throw SIPParseError(.headerValue, offset: text.startIndex, header: header, reason: "unbalanced quotes")
            }
            return name
        }
        // Tolerated beyond the grammar, as RFC 4475 (baddn) allows: any text without delimiters.
        guard !text.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ";") })
        else {
            throw SIPParseError(.headerValue, offset: text.startIndex, header: header, reason: "no display name")
        }
        return SIPText.string(text)
    }
}
