// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension SIPURI {
    /// Builds a `sip:` or `sips:` URI and escapes what its parts may not hold bare (RFC 3261 §25.1).
    ///
    /// - Parameters:
    ///   - scheme: `.sip` or `.sips`.
    ///   - user: the user part, not escaped; `%` is escaped too.
    ///   - host: a name, an IPv4 address, or an IPv6 address with or without brackets.
    ///   - port: the port.
    ///   - parameters: names and values, not escaped.
    /// - Throws: for a host that is none, a parameter without name or a name that stands twice.
    public init(
        scheme: Scheme = .sip,
        user: String? = nil,
        host: String,
        port: UInt16? = nil,
        parameters: [SIPParameter] = []
    ) throws(SIPParseError) {
        var text: String
        switch scheme {
        case .sip: text = "sip:"
        case .sips: text = "sips:"
        case .tel, .pres, .other: throw SIPParseError(.uri, reason: "only sip and sips are built from parts")
        }
        if let user {
            text += SIPEscape.escaped(user) { SIPURIParser.isUserByte($0) } + "@"
        }
        text += host.utf8.contains(UInt8(ascii: ":")) && !host.hasPrefix("[") ? "[\(host)]" : host
        if let port {
            text += ":\(port)"
        }
        for parameter in parameters {
            text += ";" + SIPEscape.escaped(parameter.name) { SIPURIParser.isParameterByte($0) }
            if let value = parameter.value {
                text += "=" + SIPEscape.escaped(value) { SIPURIParser.isParameterByte($0) }
            }
        }
        let uri = try SIPURI(text)
        // A host such as "a;b" would have become something else than a host.
        guard uri.host.utf8.count >= host.utf8.count else { throw SIPParseError(.uri, reason: "no host") }
        self = uri
    }
}
