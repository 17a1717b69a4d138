// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// From `tel:` to `sip:` (RFC 3261 §19.1.6).
struct URIConversionTests {
    @Test(
        "R3261-37: the whole number becomes the user part",
        arguments: [
            ("tel:+358-555-1234567;POSTD=PP22", "sip:+358-555-1234567;postd=pp22@foo.com;user=phone"),
            (
                "tel:+358-555-1234567;tsp=a.b;phone-context=5",
                "sip:+358-555-1234567;phone-context=5;tsp=a.b@foo.com;user=phone"
            ),
            (
                "tel:+358-555-1234567;tsp=a.b;postd=pp22;ext=1;isub=1411",
                "sip:+358-555-1234567;isub=1411;postd=pp22;ext=1;tsp=a.b@foo.com;user=phone"
            ),
            ("tel:7042;phone-context=EXAMPLE.com", "sip:7042;phone-context=example.com@foo.com;user=phone"),
        ]
    )
    func telephoneNumberAsSIPUser(_ text: String, _ expected: String) throws {
        let uri = try #require(try SIPURI(text).sipForm(domain: "foo.com"))
        #expect(uri.text == expected)
        #expect(uri.host == "foo.com")
        #expect(uri.parameters.map(\.name) == ["user"])
    }

    @Test("Only tel: has a sip: form, and only with a domain that is one")
    func otherSchemesHaveNone() throws {
        #expect(try SIPURI("sip:a@b").sipForm(domain: "foo.com") == nil)
        for domain in ["", "foo com", "foo.com;x=y", "foo.com:5060", "a@foo.com", "foo.com?x=y"] {
            #expect(try SIPURI("tel:+1").sipForm(domain: domain) == nil, "\(domain)")
        }
    }
}
