// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// One Via value (RFC 3261 §20.42); blanks around its slashes and colon are taken (R3261-74).
public struct SIPVia: Hashable, Sendable {
    /// The transport in upper case: `UDP`.
    public var transport: String
    /// The host of sent-by, IPv6 with brackets.
    public var host: String
    /// The port of sent-by.
    public var port: UInt16?
    /// Parameters.
    public var parameters: SIPParameters

    /// Creates a value.
    public init(transport: String, host: String, port: UInt16?, parameters: SIPParameters) {
        self.transport = transport
        self.host = host
        self.port = port
        self.parameters = parameters
    }

    /// Reads one value.
    ///
    /// Any version is taken, so that a request of another version can be answered with 505.
    public init(parsing bytes: SIPBytes) throws(SIPParseError) {
        let end = bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
        let head = bytes[bytes.startIndex..<end]
        let parts = head.split(separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, SIPText.equalsIgnoringCase(SIPText.trimmed(parts[0]), "SIP"),
            SIPText.isToken(SIPText.trimmed(parts[1]))
        else { throw Self.error(bytes, "not SIP with a version") }
        let rest = SIPText.trimmed(parts[2])
        guard let blank = rest.firstIndex(where: { SIPText.isBlank($0) }),
            SIPText.isToken(rest[rest.startIndex..<blank])
        else { throw Self.error(bytes, "no transport and sent-by") }
        self.transport = SIPText.string(rest[rest.startIndex..<blank]).uppercased()
        (self.host, self.port) = try Self.sentBy(SIPText.trimmed(rest[blank...]))
        self.parameters = try SIPParameters(parsing: bytes[end...], header: .via)
    }

    /// The `branch` parameter.
    public var branch: String? { self.parameters.value("branch") }
    /// The `received` parameter.
    public var received: String? { self.parameters.value("received") }
    /// The `rport` parameter when it has a value.
    public var rport: UInt16? { self.parameters.value("rport").flatMap { UInt16($0) } }
    /// Whether there is an `rport` parameter, with or without value (RFC 3581).
    public var hasRport: Bool { self.parameters.contains("rport") }
    /// The `maddr` parameter.
    public var maddr: String? { self.parameters.value("maddr") }

    /// The value as it is written.
    public var text: String {
        var text = "SIP/2.0/\(self.transport) \(self.host)"
        if let port = self.port {
            text += ":\(port)"
        }
        return text + self.parameters.text
    }

    private static func sentBy(_ bytes: SIPBytes) throws(SIPParseError) -> (String, UInt16?) {
        let search: SIPBytes
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { throw self.error(bytes, "no ]") }
            search = bytes[(close + 1)...]
        } else {
            search = bytes
        }
        let colon = search.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        let host = SIPText.trimmed(bytes[bytes.startIndex..<colon])
        guard SIPHost.isValid(host) else { throw self.error(bytes, "no host") }
        guard colon < bytes.endIndex else { return (SIPText.string(host), nil) }
        guard let port = SIPText.decimal(SIPText.trimmed(bytes[(colon + 1)...])), port > 0, port <= 65_535 else {
            throw self.error(bytes, "no port")
        }
        return (SIPText.string(host), UInt16(port))
    }

    private static func error(_ bytes: SIPBytes, _ reason: String) -> SIPParseError {
        SIPParseError(.headerValue, offset: bytes.startIndex, header: .via, reason: reason)
    }
}
