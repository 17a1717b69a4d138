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
        let shape = URIShape(text)
        let isSchemeless = schemeless && shape.isSchemeless
        let shown = isSchemeless ? "sip:" + text : text
        let target: String
        switch isSchemeless ? .sip : shape.scheme {
        case .sip: target = shown
        // R4826-66: the row keeps the pres: URI, and the same user and domain are asked by SIP.
        case .pres: target = "sip:" + shown.dropFirst("pres:".count)
        // R4826-52: not an error, only nothing that can be subscribed to.
        case .other: return .failure(self.isHarmless(text) ? .unsubscribable : .malformed)
        case nil: return .failure(.malformed)
        }
        // RFC 3261 §19.1.1: a Request-URI has no headers. One that has would put them into our SUBSCRIBE. What could break
        // out of a SIP header is no URI for SIPURI either (S-INJECT).
        guard !shape.hasHeaders, let uri = try? SIPURI(target) else { return .failure(.malformed) }
        return .success(RLSListEntry(uri: shown, target: uri, names: names))
    }

    /// Reads the URI of a service.
    static func parse(_ text: String, schemeless: Bool) -> SIPURI? {
        try? SIPURI(schemeless && URIShape(text).isSchemeless ? "sip:" + text : text)
    }

    /// Printable ASCII without blank, `<`, `>` and `"`: anything else could break out of a SIP header (S-INJECT).
    private static func isHarmless(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "\"")
        }
    }
}

/// Why an entry cannot be served.
public enum XCAPEntryError: Error, Sendable, Hashable {
    /// Not a URI, or one that could break out of a SIP header.
    case malformed
    /// A scheme that nothing can be subscribed to: `tel:`, `mailto:`, `http:` …
    case unsubscribable
}
