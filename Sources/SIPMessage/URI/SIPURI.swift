// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A URI: `sip:`, `sips:` and `tel:` with their parts, others as text (RFC 3261 §19.1, RFC 3966).
///
/// `==` and the hash compare the text as written. RFC 3261's equality is ``isEquivalent(to:)``; it is not transitive
/// and so never a key. The key is ``canonical``.
public struct SIPURI: Hashable, Sendable, CustomStringConvertible {
    /// The scheme.
    public enum Scheme: Hashable, Sendable {
        case sip, sips, tel, pres
        /// Another one, in lower case.
        case other(String)
    }

    /// The URI as written.
    public let text: String
    /// Where its parts stand: a URI is one text, and its parts are cut out when they are asked for.
    let layout: SIPURILayout

    /// Whether both are the same text.
    public static func == (left: SIPURI, right: SIPURI) -> Bool { left.text == right.text }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.text)
    }

    /// The URI as written.
    public var description: String { self.text }

    /// The bytes of the URI as written.
    public var bytes: [UInt8] { Array(self.text.utf8) }

    /// Reads a URI.
    public init(_ text: some StringProtocol) throws(SIPParseError) {
        try self.init(String(text))
    }

    /// Reads a URI, and keeps this text without a copy.
    public init(_ text: String) throws(SIPParseError) {
        var text = text
        if let layout = text.withUTF8({ SIPPlainURI.layout($0) }) {
            self.layout = layout
        } else {
            self.layout = try SIPURIParser.parse(Array(text.utf8)[...])
        }
        self.text = text
    }

    /// Reads a URI.
    ///
    /// - Throws: when it does not follow the grammar of its scheme, or is longer than 65,535 bytes. Blanks, controls, quotes,
    ///   angle brackets and bytes beyond ASCII stand in no URI, so none can be smuggled into a header (S-INJECT).
    public init(bytes: SIPBytes) throws(SIPParseError) {
        if let layout = bytes.withUnsafeBufferPointer({ SIPPlainURI.layout($0) }) {
            self.layout = layout
        } else {
            self.layout = try SIPURIParser.parse(bytes)
        }
        self.text = SIPText.string(bytes)
    }

    // MARK: Parts

    /// The scheme.
    public var scheme: Scheme {
        switch self.layout.scheme {
        case .sip: .sip
        case .sips: .sips
        case .tel: .tel
        case .pres: .pres
        case .other: .other(String(self.text.prefix { $0 != ":" }).lowercased())
        }
    }

    /// The user part as written, escapes included; of a `tel:` URI the number.
    public var user: String? { self.layout.user.map { self.part($0) } }

    /// The password as written.
    public var password: String? { self.layout.password.map { self.part($0) } }

    /// The host as written, IPv6 with brackets; "" without one.
    public var host: String { self.part(self.layout.host) }

    /// The port.
    public var port: UInt16? { self.layout.port == 0 ? nil : self.layout.port }

    /// The URI's parameters.
    public var parameters: SIPParameters {
        guard !self.layout.parameters.isEmpty else { return SIPParameters() }
        // Each has its semicolon in front.
        return SIPParameters(
            self.bytes(self.layout.parameters).dropFirst()
                .split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
                .map { SIPURIParser.parameter($0) }
        )
    }

    /// The URI's headers (`?name=value`), in order.
    public var headers: [SIPParameter] {
        let start = self.layout.parameters.upperBound
        guard start > 0, start < self.text.utf8.count else { return [] }
        return self.bytes(start + 1..<self.text.utf8.count)
            .split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
            .map { SIPURIParser.parameter($0) }
    }

    private func part(_ range: Range<Int>) -> String {
        String(decoding: self.text.utf8.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
    }

    private func bytes(_ range: Range<Int>) -> [UInt8] {
        Array(self.text.utf8.dropFirst(range.lowerBound).prefix(range.count))
    }

    // MARK: Questions

    /// The value of a parameter as written; `.some(nil)` when it stands there without one.
    ///
    /// Names are compared without regard to case and needless escapes: `%6C%72` is `lr` (R3261-33).
    public func parameter(_ name: String) -> String?? {
        let name = SIPEscape.normalized(name).lowercased()
        return self.parameters.first { SIPEscape.normalized($0.name).lowercased() == name }.map { $0.value }
    }

    /// Whether the URI names a loose router (RFC 3261 §16.12).
    public var isLooseRouter: Bool { self.parameter("lr") != nil }

    /// Scheme, user and host in canonical form, without port, parameters and headers: who is meant, for comparing
    /// owners and watchers (S-CANON). `sips:` and `pres:` name the same user as `sip:`.
    public var addressOfRecord: String {
        switch self.scheme {
        case .sip, .sips, .pres:
            let host = SIPHost.canonical(self.host)
            guard let user = self.user else { return "sip:\(host)" }
            return "sip:\(SIPEscape.normalized(user))@\(host)"
        case .tel, .other:
            return self.canonical
        }
    }
}
