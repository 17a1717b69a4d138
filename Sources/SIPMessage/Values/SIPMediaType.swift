// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Content-Type (RFC 3261 §20.15). Type and subtype are in lower case.
public struct SIPMediaType: Hashable, Sendable {
    /// The type, e.g. `application`.
    public var type: String
    /// The subtype, e.g. `pidf+xml`.
    public var subtype: String
    /// Parameters.
    public var parameters: SIPParameters

    /// Reads a media type.
    public init(parsing bytes: SIPBytes) throws(SIPParseError) {
        (self.type, self.subtype, self.parameters) = try Self.read(bytes, header: .contentType)
    }

    static func read(
        _ bytes: SIPBytes,
        header: SIPHeaderName
    ) throws(SIPParseError) -> (type: String, subtype: String, parameters: SIPParameters) {
        let end = bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
        let name = SIPText.trimmed(bytes[bytes.startIndex..<end])
        guard let slash = name.firstIndex(of: UInt8(ascii: "/")) else {
            throw SIPParseError(.headerValue, offset: bytes.startIndex, header: header, reason: "no media type")
        }
        let type = SIPText.trimmed(name[name.startIndex..<slash])
        let subtype = SIPText.trimmed(name[(slash + 1)...])
        guard SIPText.isToken(type), SIPText.isToken(subtype) else {
            throw SIPParseError(.headerValue, offset: bytes.startIndex, header: header, reason: "no media type")
        }
        return (
            SIPText.string(type).lowercased(), SIPText.string(subtype).lowercased(),
            try SIPParameters(parsing: bytes[end...], header: header)
        )
    }
}

/// One range of Accept (RFC 3261 §20.1). Type and subtype are in lower case, `*` for any.
public struct SIPAcceptRange: Hashable, Sendable {
    /// The type or `*`.
    public var type: String
    /// The subtype or `*`.
    public var subtype: String
    /// Parameters, `q` included.
    public var parameters: SIPParameters

    /// Reads a range.
    public init(parsing bytes: SIPBytes) throws(SIPParseError) {
        (self.type, self.subtype, self.parameters) = try SIPMediaType.read(bytes, header: .accept)
    }

    /// The weight in thousandths, 0…1000: 1000 when not given or malformed, 0 excludes the type.
    public var q: Int {
        guard let text = self.parameters.value("q"), text == "0" || text.hasPrefix("0.") else { return 1000 }
        let decimals = text.utf8.dropFirst(2)
        guard decimals.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return 1000 }
        // RFC 3261 §25.1 has at most three decimals; more of them weigh nothing.
        return zip(decimals, [100, 10, 1]).reduce(0) { $0 + Int($1.0 - 0x30) * $1.1 }
    }
}

/// Content-Disposition (RFC 3261 §20.11).
public struct SIPContentDisposition: Hashable, Sendable {
    /// The type in lower case, e.g. `recipient-list`.
    public var type: String
    /// The `handling` parameter in lower case; nil means required.
    public var handling: String? { self.parameters.value("handling")?.lowercased() }
    /// All parameters.
    public var parameters: SIPParameters

    init(parsing bytes: SIPBytes) throws(SIPParseError) {
        let end = bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
        let type = SIPText.trimmed(bytes[bytes.startIndex..<end])
        guard SIPText.isToken(type) else {
            throw SIPParseError(
                .headerValue,
                offset: bytes.startIndex,
                header: .contentDisposition,
                reason: "no disposition type"
            )
        }
        self.type = SIPText.string(type).lowercased()
        self.parameters = try SIPParameters(parsing: bytes[end...], header: .contentDisposition)
    }
}
