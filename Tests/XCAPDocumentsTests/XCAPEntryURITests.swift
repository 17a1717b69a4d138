// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

@testable import XCAPDocuments

@Suite struct XCAPEntryURITests {
    /// R4826-12, R4826-52, R4826-66 and the habit of writing no scheme.
    @Test(
        arguments: [
            ("sip:bob@example.com", "sip:bob@example.com", "sip:bob@example.com"),
            (
                "SIP:bob@Example.COM;transport=tcp", "SIP:bob@Example.COM;transport=tcp",
                "SIP:bob@Example.COM;transport=tcp"
            ),
            ("sips:bob@example.com", "sips:bob@example.com", "sips:bob@example.com"),
            ("pres:dave@example.org", "pres:dave@example.org", "sip:dave@example.org"),
            ("bob@example.com", "sip:bob@example.com", "sip:bob@example.com"),
            ("bob@example.com:5070", "sip:bob@example.com:5070", "sip:bob@example.com:5070"),
            ("sip:alice+presence@example.com", "sip:alice+presence@example.com", "sip:alice+presence@example.com"),
            ("sip:b%40b@example.com", "sip:b%40b@example.com", "sip:b%40b@example.com"),
        ]
    )
    func usableURIsAreShownAsWritten(_ text: String, _ shown: String, _ target: String) throws {
        let entry = try XCAPEntryURI.entry(text, names: [RLSDisplayName("Bob")]).get()
        #expect(entry.uri == shown)
        #expect(entry.target.text == target)
        #expect(entry.names == [RLSDisplayName("Bob")])
    }

    @Test(arguments: [
        "mailto:erin@example.com", "tel:+15551230001", "http://example.com/", "xmpp:a@b", "im:a@b", "urn:a:b",
    ])
    func otherSchemesCannotBeSubscribedTo(_ text: String) {
        #expect(XCAPEntryURI.entry(text) == .failure(.unsubscribable))
    }

    /// S-INJECT.
    @Test(
        arguments: [
            "", "sip:", "bob", "@example.com", ":bob@example.com",
            "sip:bob@example.com\r\nRoute: <sip:evil.example.net>",
            "sip:bob@example.com>;x=<sip:evil.example.net", "sip:bob@example.com?Route=%3Csip:evil.example.net%3E",
            "sip:bob@example.com ", "sip:b ob@example.com", "sip:b\0ob@example.com", "sip:b\u{7F}ob@example.com",
            "sip:b\"ob@example.com", "sip:b\u{85}ob@example.com", "sip:böb@example.com", "pres:bob@example.com?x=y",
            "1sip:bob@example.com", "s p:bob@example.com", "<sip:bob@example.com>", "sip:bob@",
            "mailto:a b@c", "http://h/\"x\"", "tel:+1<2>", "mailto:a\r\nRoute: b", "xmpp:ä@b",
        ]
    )
    func urisThatCouldBreakOutOfAHeaderAreMalformed(_ text: String) {
        #expect(XCAPEntryURI.entry(text) == .failure(.malformed))
    }

    @Test func schemelessURIsAreMalformedWhenStrict() {
        #expect(XCAPEntryURI.entry("bob@example.com", schemeless: false) == .failure(.malformed))
    }
}
