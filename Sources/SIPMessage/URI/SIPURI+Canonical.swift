// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension SIPURI {
    /// The canonical form of RFC 4826 §5, for keys (R4826-70…76). Idempotent.
    ///
    /// Domain, parameter names and values in lower case, needless escapes decoded, parameters sorted, headers dropped,
    /// IP addresses in one form. Scheme in lower case; user part and port are kept. A `tel:` number loses its visual
    /// separators, so that equal numbers have one key (RFC 3966 §4).
    public var canonical: String {
        switch self.scheme {
        case .sip: self.canonical(scheme: "sip")
        case .sips: self.canonical(scheme: "sips")
        case .pres: self.canonical(scheme: "pres")
        case .tel: "tel:\(Self.digits(self.user))" + Self.canonical(self.telParameters)
        case .other(let name): "\(name)\(self.text.dropFirst(name.utf8.count))"
        }
    }

    /// Whether both have the same canonical form. Costs little when the users differ, as those of most URIs do.
    package func isSame(as other: SIPURI) -> Bool {
        !self.hasPlainlyOtherUser(than: other) && self.canonical == other.canonical
    }

    /// Whether both users are written without escapes, and differ.
    private func hasPlainlyOtherUser(than other: SIPURI) -> Bool {
        guard let user = self.layout.plainUser, let otherUser = other.layout.plainUser else { return false }
        var (text, otherText) = (self.text, other.text)
        return text.withUTF8 { bytes in
            otherText.withUTF8 { otherBytes in
                let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[user])
                let otherBytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(otherBytes)[otherUser])
                return !bytes.elementsEqual(otherBytes)
                    && bytes.firstIndex(of: UInt8(ascii: "%"), in: 0..<bytes.count) == nil
                    && otherBytes.firstIndex(of: UInt8(ascii: "%"), in: 0..<otherBytes.count) == nil
            }
        }
    }

    private func canonical(scheme: String) -> String {
        var text = "\(scheme):"
        if let user = self.user {
            text += SIPEscape.normalized(user)
            if let password = self.password {
                text += ":\(SIPEscape.normalized(password))"
            }
            text += "@"
        }
        text += SIPHost.canonical(self.host)
        if let port = self.port {
            text += ":\(port)"
        }
        return text + Self.canonical(self.parameters)
    }

    private static func canonical(_ parameters: SIPParameters) -> String {
        parameters
            .map { (Self.lowercased($0.name), $0.value.map { Self.lowercased($0) }) }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            .map { name, value in value.map { ";\(name)=\($0)" } ?? ";\(name)" }
            .joined()
    }

    /// Lower case, but the digits of remaining escapes in upper case.
    private static func lowercased(_ text: String) -> String {
        SIPEscape.normalized(SIPEscape.normalized(text).lowercased())
    }
}
