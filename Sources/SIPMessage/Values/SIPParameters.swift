// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A `;name=value` parameter.
public struct SIPParameter: Hashable, Sendable {
    /// The name as written.
    public var name: String
    /// The value without quotes and their escapes; nil for a parameter without one.
    public var value: String?

    /// Creates a parameter.
    public init(_ name: String, _ value: String? = nil) {
        self.name = name
        self.value = value
    }
}

/// Parameters in order; names are compared without regard to case.
public struct SIPParameters: Hashable, Sendable, RandomAccessCollection {
    private var list: [SIPParameter]

    /// Creates parameters.
    public init(_ list: [SIPParameter] = []) {
        self.list = list
    }

    /// Always 0.
    public var startIndex: Int { self.list.startIndex }
    /// The number of elements.
    public var endIndex: Int { self.list.endIndex }
    /// The element at this place.
    public subscript(index: Int) -> SIPParameter { self.list[index] }

    /// Whether there is such a parameter.
    public func contains(_ name: String) -> Bool {
        self.list.contains { SIPText.equalsIgnoringCase($0.name, name) }
    }

    /// The value of the first such parameter; nil when there is none or it has no value.
    public func value(_ name: String) -> String? {
        self.list.first { SIPText.equalsIgnoringCase($0.name, name) }?.value
    }

    /// Gives a parameter a value (nil: it stands there without one), in its place or at the end.
    public mutating func set(_ name: String, to value: String?) {
        guard let index = self.list.firstIndex(where: { SIPText.equalsIgnoringCase($0.name, name) }) else {
            self.list.append(SIPParameter(name, value))
            return
        }
        self.list[index].value = value
    }

    /// Removes all parameters with this name.
    public mutating func remove(_ name: String) {
        self.list.removeAll { SIPText.equalsIgnoringCase($0.name, name) }
    }

    /// Reads `;a=b;c="d"`; the bytes begin at the first semicolon or are empty.
    init(parsing bytes: SIPBytes, header: SIPHeaderName?) throws(SIPParseError) {
        self.list = []
        guard !bytes.isEmpty else { return }
        var pieces: [SIPBytes] = []
        var scanner = SIPDelimiterScanner(bytes)
        var start: Int?
        while let semicolon = scanner.next(UInt8(ascii: ";")) {
            if let start {
                pieces.append(bytes[start..<semicolon])
            } else if !SIPText.trimmed(bytes[bytes.startIndex..<semicolon]).isEmpty {
                throw SIPParseError(.headerValue, offset: bytes.startIndex, header: header, reason: "text before ;")
            }
            start = semicolon + 1
        }
        guard let start else {
            throw SIPParseError(.headerValue, offset: bytes.startIndex, header: header, reason: "unexpected text")
        }
        pieces.append(bytes[start...])
        for piece in pieces {
            let text = SIPText.trimmed(piece)
            guard !text.isEmpty else { continue }
            try self.list.append(Self.parameter(text, header: header))
        }
    }

    private static func parameter(_ text: SIPBytes, header: SIPHeaderName?) throws(SIPParseError) -> SIPParameter {
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else {
            guard SIPText.isToken(text) else {
                throw SIPParseError(.headerValue, offset: text.startIndex, header: header, reason: "no parameter")
            }
            return SIPParameter(SIPText.string(text))
        }
        let name = SIPText.trimmed(text[text.startIndex..<equals])
        let value = SIPText.trimmed(text[(equals + 1)...])
        guard SIPText.isToken(name) else {
            throw SIPParseError(.headerValue, offset: text.startIndex, header: header, reason: "no parameter name")
        }
        if value.first == UInt8(ascii: "\"") {
            guard let unquoted = SIPQuotedString.unquote(value) else {
                throw SIPParseError(.headerValue, offset: equals, header: header, reason: "a quote without end")
            }
            return SIPParameter(SIPText.string(name), unquoted)
        }
        // More than tokens and hosts: media types and URNs come without quotes. Never what would end the value.
        guard value.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") }) else {
            throw SIPParseError(.headerValue, offset: value.startIndex, header: header, reason: "no parameter value")
        }
        return SIPParameter(SIPText.string(name), SIPText.string(value))
    }
}
