// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
internal import SIPMessage

/// A URI of a list document, judged: what is shown for it and what is subscribed to.
public enum XCAPEntryURI {
    /// Reads the URI of an entry.
    ///
    /// - Parameter schemeless: whether `user@host` counts as `sip:user@host`.
    public static func entry(
        _ text: String,
        names: [RLSDisplayName] = [],
        schemeless: Bool = true
    ) -> Result<RLSListEntry, XCAPEntryError> {
        guard self.isHarmless(text) else { return .failure(.malformed) }
        let shown = self.withScheme(text, schemeless: schemeless)
        guard let scheme = self.scheme(of: shown) else { return .failure(.malformed) }
        let target: String
        switch scheme {
        case "sip", "sips": target = shown
        // R4826-66: the row keeps the pres: URI, and the same user and domain are asked by SIP.
        case "pres": target = "sip:" + shown.dropFirst("pres:".count)
        // R4826-52: not an error, only nothing that can be subscribed to.
        default: return .failure(.unsubscribable)
        }
        // RFC 3261 §19.1.1: a Request-URI has no headers. One that has would put them into our SUBSCRIBE.
        guard let uri = try? SIPURI(target), !target.utf8.contains(UInt8(ascii: "?")) else {
            return .failure(.malformed)
        }
        return .success(RLSListEntry(uri: shown, target: uri, names: names))
    }

    /// Reads the URI of a service.
    static func parse(_ text: String, schemeless: Bool) -> SIPURI? {
        guard self.isHarmless(text) else { return nil }
        return try? SIPURI(self.withScheme(text, schemeless: schemeless))
    }

    /// Printable ASCII without blank, `<`, `>` and `"`: anything else could break out of a SIP header (S-INJECT).
    private static func isHarmless(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "\"")
            }
    }

    /// `user@host` gets `sip:`; a text without `@` before its first colon is taken as it is.
    private static func withScheme(_ text: String, schemeless: Bool) -> String {
        guard schemeless, let at = text.utf8.firstIndex(of: UInt8(ascii: "@")), at != text.startIndex else {
            return text
        }
        return text.utf8[..<at].contains(UInt8(ascii: ":")) ? text : "sip:" + text
    }

    /// The scheme in lower case (RFC 3986 §3.1).
    private static func scheme(of text: String) -> String? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = text[..<colon]
        guard let first = scheme.utf8.first, Self.isLetter(first) else { return nil }
        let isScheme = scheme.utf8.allSatisfy {
            Self.isLetter($0) || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        return isScheme ? scheme.lowercased() : nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
    }
}

/// Why an entry cannot be served.
public enum XCAPEntryError: Error, Sendable, Hashable {
    /// Not a URI, or one that could break out of a SIP header.
    case malformed
    /// A scheme that nothing can be subscribed to: `tel:`, `mailto:`, `http:` …
    case unsubscribable
}
