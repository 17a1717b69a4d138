// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Building URIs from parts, and the keys of numbers and addresses.
struct URIBuildingTests {
    @Test func buildingEscapes() throws {
        let uri = try SIPURI(
            user: "a b@c%é",
            host: "2001:db8::1",
            port: 5060,
            parameters: [SIPParameter("lr"), SIPParameter("x", "a;b=c")]
        )
        #expect(uri.text == "sip:a%20b%40c%25%C3%A9@[2001:db8::1]:5060;lr;x=a%3Bb%3Dc")
        #expect(try SIPURI(scheme: .sips, host: "example.org").text == "sips:example.org")
    }

    @Test(arguments: ["", "a b", "a;lr", "a?x=y", "a@b", "a:5060", "a>", "[::1"])
    func buildingRefusesWhatIsNoHost(_ host: String) {
        #expect(throws: SIPParseError.self) { try SIPURI(user: "a", host: host) }
    }

    /// R3261-33: a needless escape in a parameter's name is read through.
    @Test func escapedNamesAreFound() throws {
        let uri = try SIPURI("sip:a@b;%6C%72;n%61me=v")
        #expect(uri.isLooseRouter)
        #expect(uri.parameter("NAME") == .some("v"))
        #expect(throws: SIPParseError.self) { try SIPURI("sip:a@b;x=1;%78=2") }
    }

    /// R4826-74, R4826-76: equal numbers and addresses have one key.
    @Test(arguments: [
        ("tel:+358-555-1234567;POSTD=PP22", "tel:+3585551234567;postd=pp22"),
        ("tel:863-1234;phone-context=+1-914-555", "tel:8631234;phone-context=+1914555"),
        ("sip:192.0.02.4", "sip:192.0.2.4"), ("sip:[2001:db8:0:1:0:0:0:1]", "sip:[2001:db8:0:1::1]"),
    ])
    func equalValuesHaveOneKey(_ text: String, _ canonical: String) throws {
        #expect(try SIPURI(text).canonical == canonical)
        #expect(try SIPURI(canonical).canonical == canonical)
    }

    @Test func schemesOfOtherURIsIgnoreCase() throws {
        let one = try SIPURI("URN:service:sos")
        let two = try SIPURI("urn:service:sos")
        #expect(one.isEquivalent(to: two))
        #expect(one.canonical == two.canonical)
        #expect(try !two.isEquivalent(to: SIPURI("urn:service:SOS")))
    }
}
