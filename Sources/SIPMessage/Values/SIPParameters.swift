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

    public var startIndex: Int { self.list.startIndex }
    public var endIndex: Int { self.list.endIndex }
    public subscript(index: Int) -> SIPParameter { self.list[index] }

    /// Whether there is such a parameter.
    public func contains(_ name: String) -> Bool {
        self.list.contains { $0.name.lowercased() == name.lowercased() }
    }

    /// The value of the first such parameter; nil when there is none or it has no value.
    public func value(_ name: String) -> String? {
        self.list.first { $0.name.lowercased() == name.lowercased() }?.value
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
        return SIPParameter(SIPText.string(name), SIPText.string(value))
    }
}

/// Quoted strings (RFC 3261 §25.1).
enum SIPQuotedString {
    /// The text between the quotes; nil when the bytes are not one whole quoted string.
    static func unquote(_ bytes: SIPBytes) -> String? {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "\"") else { return nil }
        var text: [UInt8] = []
        var index = bytes.startIndex + 1
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "\\"):
                guard index + 1 < bytes.endIndex else { return nil }
                text.append(bytes[index + 1])
                index += 2
            case UInt8(ascii: "\""):
                return index + 1 == bytes.endIndex ? String(decoding: text, as: UTF8.self) : nil
            default:
                text.append(bytes[index])
                index += 1
            }
        }
        return nil
    }

    /// The text in quotes.
    static func quote(_ text: String) -> String {
        var quoted = "\""
        for character in text {
            if character == "\"" || character == "\\" {
                quoted.append("\\")
            }
            quoted.append(character)
        }
        return quoted + "\""
    }
}
