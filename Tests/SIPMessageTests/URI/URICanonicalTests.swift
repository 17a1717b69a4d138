// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// The canonical form of RFC 4826 §5, which is the key of a URI.
struct URICanonicalTests {
    @Test(
        "R4826-70…76: the canonical form",
        arguments: [
            // R4826-70: domain and tokens in lower case; scheme in lower case, user part as it is (R4826-74).
            ("SIP:Alice@EXAMPLE.org", "sip:Alice@example.org"),
            ("sip:a@h;Transport=TCP;USER=Phone", "sip:a@h;transport=tcp;user=phone"),
            // R4826-71: needless escapes are decoded, once.
            ("sip:%6aim%2e@h", "sip:jim.@h"),
            ("sip:a%20b@h", "sip:a%20b@h"),
            ("sip:a%2bb@h", "sip:a%2Bb@h"),
            ("sip:%2561@h", "sip:%2561@h"),
            ("sip:a:%70w%3a@h", "sip:a:pw%3A@h"),
            ("sip:a@h;%6c%72", "sip:a@h;lr"),
            ("sip:a@h;a=%58%c3", "sip:a@h;a=x%C3"),
            // R4826-72: parameters by name.
            ("sip:a@h;c=1;B=2;a", "sip:a@h;a;b=2;c=1"),
            // R4826-73: no headers.
            ("sip:a@h;x=1?subject=hi&to=b", "sip:a@h;x=1"),
            // R4826-74: the port is kept, also the default one.
            ("sip:a@h:5060", "sip:a@h:5060"),
            ("sips:h", "sips:h"),
            // R4826-75: hex digits of remaining escapes in upper case.
            ("sip:a%c3%a9@h", "sip:a%C3%A9@h"),
            // R4826-76: one text for an address.
            ("sip:a@[2001:DB8:0:0:0:0:0:1]:5070", "sip:a@[2001:db8::1]:5070"),
            ("sip:a@[2001:db8:0:1:0:0:0:1]", "sip:a@[2001:db8:0:1::1]"),
            ("sip:a@[2001:db8::1:0:0:1]", "sip:a@[2001:db8::1:0:0:1]"),
            ("sip:a@[2001:db8:0:1:1:1:1:1]", "sip:a@[2001:db8:0:1:1:1:1:1]"),
            ("sip:a@[::]", "sip:a@[::]"),
            ("sip:a@[::1]", "sip:a@[::1]"),
            ("sip:a@[1:0:0:0:0:0:0:0]", "sip:a@[1::]"),
            ("sip:a@[::FFFF:c000:280]", "sip:a@[::ffff:192.0.2.128]"),
            ("pres:Bob@EXAMPLE.org", "pres:Bob@example.org"),
            ("IM:Bob@EXAMPLE.org", "im:Bob@EXAMPLE.org"),
            ("URN:service:sos", "urn:service:sos"),
        ]
    )
    func canonicalForm(_ text: String, _ expected: String) throws {
        let uri = try SIPURI(text)
        #expect(uri.canonical == expected)
        #expect(try SIPURI(uri.canonical).canonical == expected)
    }

    @Test("R4826-74: equal URIs without headers and with the same parameters have one canonical form")
    func equalURIsShareTheirKey() throws {
        for vector in URIEquivalenceTests.vectors where vector.isEqual {
            let left = try SIPURI(vector.left)
            let right = try SIPURI(vector.right)
            guard left.headers.isEmpty, right.headers.isEmpty, left.parameters.count == right.parameters.count,
                left.parameters.allSatisfy({ right.parameters.contains($0.name) })
            else { continue }
            #expect(left.canonical == right.canonical, "\(vector.id)")
        }
    }

    @Test("R4826-75: the canonical form is idempotent, and equals its origin", arguments: 0..<20 as Range<UInt64>)
    func canonicalFormIsIdempotent(_ seed: UInt64) throws {
        var generator = URIGenerator(seed: seed)
        for _ in 0..<200 {
            let text = generator.next()
            let uri = try #require(try? SIPURI(text), "\(text) should be a URI")
            let canonical = try SIPURI(uri.canonical)
            #expect(canonical.canonical == uri.canonical, "from \(text)")
            if uri.headers.isEmpty {
                #expect(uri.isEquivalent(to: canonical) && canonical.isEquivalent(to: uri), "from \(text)")
            }
        }
    }

    @Test("R4826-74: two URIs are the same when their canonical forms are", arguments: 0..<5 as Range<UInt64>)
    func sameURIs(_ seed: UInt64) throws {
        var generator = URIGenerator(seed: seed)
        var texts = [
            "sip:alice@h", "SIP:%61lice@H", "sip:alic%65@h", "sip:Alice@h", "sip:alicia@h", "sip:h", "sips:alice@h",
            "tel:+1-234", "tel:+1.234", "tel:+1235", "im:alice@h", "im:bob@h", "pres:alice@h",
        ]
        texts += (0..<20).map { _ in generator.next() }
        for text in texts {
            let uri = try SIPURI(text)
            for otherText in texts + [uri.canonical] {
                let other = try SIPURI(otherText)
                #expect(uri.isSame(as: other) == (uri.canonical == other.canonical), "\(text) and \(otherText)")
            }
        }
    }

    @Test(
        "S-CANON: the address of record names who is meant",
        arguments: [
            ("sip:Alice@EXAMPLE.org:5070;transport=tcp?subject=x", "sip:Alice@example.org"),
            ("sips:%41lice:secret@example.org", "sip:Alice@example.org"),
            ("pres:alice@example.org", "sip:alice@example.org"),
            ("sip:EXAMPLE.org", "sip:example.org"),
            ("sip:a@[2001:DB8::0:1]", "sip:a@[2001:db8::1]"),
        ]
    )
    func addressOfRecord(_ text: String, _ expected: String) throws {
        #expect(try SIPURI(text).addressOfRecord == expected)
        #expect(try SIPURI(expected).addressOfRecord == expected)
    }
}
