// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// The parts of URIs, and what is none.
struct URIParsingTests {
    @Test("All parts of a sip: URI, as written")
    func allParts() throws {
        let uri = try SIPURI("sip:al%69ce:p%3aw@[2001:db8::1]:5070;lr;Transport=TCP?to=x&Subject=a%20b")
        #expect(uri.scheme == .sip)
        #expect(uri.user == "al%69ce")
        #expect(uri.password == "p%3aw")
        #expect(uri.host == "[2001:db8::1]")
        #expect(uri.port == 5070)
        #expect(uri.isLooseRouter)
        #expect(uri.parameter("transport") == .some("TCP"))
        #expect(uri.parameter("LR") == .some(nil))
        #expect(uri.parameter("maddr") == nil)
        #expect(uri.headers.map(\.name) == ["to", "Subject"])
        #expect(uri.headers.map(\.value) == ["x", "a%20b"])
        #expect(uri.description == uri.text && uri.bytes == Array(uri.text.utf8))
    }

    @Test("A user part may hold semicolons and question marks (R3261-36)")
    func oddUserParts() throws {
        let semicolon = try SIPURI("sip:alice;day=tuesday@example.com")
        #expect(semicolon.user == "alice;day=tuesday" && semicolon.parameters.isEmpty)
        let question = try SIPURI("sip:a?b/c&d=+$,@example.com?x=y")
        #expect(question.user == "a?b/c&d=+$," && question.headers.count == 1)
        let plus = try SIPURI("sip:alice+presence@example.com")
        #expect(plus.user == "alice+presence")
    }

    @Test("tel: URIs have a number and parameters, no host")
    func telephone() throws {
        let uri = try SIPURI("TEL:+1-201(555).0123;ext=7;phone-context=+1")
        #expect(uri.scheme == .tel)
        #expect(uri.user == "+1-201(555).0123")
        #expect(uri.host == "")
        #expect(uri.parameter("ext") == .some("7"))
    }

    @Test("Other schemes are kept as text")
    func otherSchemes() throws {
        let uri = try SIPURI("URN:service:sos@x;y")
        #expect(uri.scheme == .other("urn"))
        #expect(uri.host == "" && uri.user == nil && uri.parameters.isEmpty)
        #expect(uri.text == "URN:service:sos@x;y")
    }

    @Test(
        "What is no URI is refused",
        arguments: [
            "", ":", "sip", "sip:", "sip:@", "sip:@host", "sip::@host", "sip:a@", "sip:a@b@c", "1sip:a@b", "s p:a@b",
            "sip:a b@c", "sip:a@b c", " sip:a@b", "sip:a@b ", "sip:a@b\r\nTo: x", "sip:a@b\u{0}", "sip:a@b\u{7F}",
            "sip:é@b", "sip:a\"@b", "sip:<a@b>", "sip:a\\@b", "sip:a@b{}", "sip:a|b@c", "sip:a^b@c",
            "sip:a%@b", "sip:a%4@b", "sip:a%4g@b", "sip:a@b;x=%4", "sip:a@ex%61mple.com",
            "sip:a@b:", "sip:a@b:x", "sip:a@b:0", "sip:a@b:65536", "sip:a@b:99999999999999999999999", "sip:a@b:-1",
            "sip:a@[::1", "sip:a@[::1]x", "sip:a@::1", "sip:a@[]", "sip:a@[1]", "sip:a@[1:2:3:4:5:6:7:8:9]",
            "sip:a@[1::2::3]", "sip:a@[::12345]", "sip:a@[::g]", "sip:a@[:1]", "sip:a@[1:]", "sip:a@[::256.0.0.1]",
            "sip:a@[::1.2.3]", "sip:a@[1.2.3.4]", "sip:a@[1:2:3:4:5:6:7:1.2.3.4]", "sip:a@[fe80::1%25eth0]",
            "sip:a@b;", "sip:a@b;;x", "sip:a@b;=x", "sip:a@b;x;X", "sip:a@b;x=1;x=2", "sip:a@b?", "sip:a@b?x",
            "sip:a@b?=x", "sip:a@b?x=1&", "pres:b", "tel:", "tel:+", "tel:-.()", "tel:+1x", "tel:a@b", "tel:+1;;",
            "urn:",
        ]
    )
    func malformed(_ text: String) {
        #expect(throws: SIPParseError.self) { try SIPURI(text) }
    }

    @Test("An error says where")
    func errorsHaveAPlace() throws {
        let bytes = Array("xx<sip:a b@c>".utf8)
        let error = #expect(throws: SIPParseError.self) { try SIPURI(bytes: bytes[3..<12]) }
        #expect(error?.code == .uri)
        #expect(error?.offset == 8)
    }
}
