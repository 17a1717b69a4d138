// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// From, To, Contact, Route (RFC 3261 §20.10, §20.20, §20.34, §20.39).
struct NameAddrTests {
    struct Row: Sendable {
        var text: String
        var name: String?
        var uri: String
        var tag: String?
    }

    @Test(arguments: [
        Row(text: "<sip:a@b>;tag=x", name: nil, uri: "sip:a@b", tag: "x"),
        // linphone's To: without brackets the parameters are the header's (RFC 3261 §20).
        Row(text: "sip:a@b;tag=x", name: nil, uri: "sip:a@b", tag: "x"),
        Row(text: "sip:a@b", name: nil, uri: "sip:a@b", tag: nil),
        Row(text: "<sip:a@b;tag=uri>", name: nil, uri: "sip:a@b;tag=uri", tag: nil),
        Row(text: "<sip:a@b;tag=uri>;tag=header", name: nil, uri: "sip:a@b;tag=uri", tag: "header"),
        Row(text: #""x;tag=name" <sip:a@b>;tag=y"#, name: "x;tag=name", uri: "sip:a@b", tag: "y"),
        Row(text: #""<sip:no@no>;tag=n" <sip:a@b>"#, name: "<sip:no@no>;tag=n", uri: "sip:a@b", tag: nil),
        Row(text: #""a \"b\" \\ c"<sip:a@b>"#, name: #"a "b" \ c"#, uri: "sip:a@b", tag: nil),
        Row(text: "Alice  <sip:a@b> ; Tag = x", name: "Alice", uri: "sip:a@b", tag: "x"),
        Row(text: "Alice of Wonderland<sip:a@b>", name: "Alice of Wonderland", uri: "sip:a@b", tag: nil),
        // RFC 4475 §3.1.2.15 (baddn): taken as it is.
        Row(text: "Bell, Alexander <sip:a@b>;tag=43", name: "Bell, Alexander", uri: "sip:a@b", tag: "43"),
        Row(text: #""" <sip:a@b>"#, name: "", uri: "sip:a@b", tag: nil),
        Row(text: "<sip:a@b?to=c,d>;x;tag=1", name: nil, uri: "sip:a@b?to=c,d", tag: "1"),
        Row(text: "<tel:+1-201-555;ext=3>;tag=t", name: nil, uri: "tel:+1-201-555;ext=3", tag: "t"),
        Row(text: #"<sip:a@b>;+sip.instance="<urn:uuid:1;tag=z>";tag=t"#, name: nil, uri: "sip:a@b", tag: "t"),
        Row(text: "<sip:a@b>;tagging=1;xtag=2;tag=3", name: nil, uri: "sip:a@b", tag: "3"),
        Row(text: "<sip:a@b>;tag", name: nil, uri: "sip:a@b", tag: nil),
        Row(text: "<sip:a@b>;;tag=x;", name: nil, uri: "sip:a@b", tag: "x"),
    ])
    func valuesAreRead(_ row: Row) throws {
        let value = try SIPNameAddr(parsing: Sample.bytes(row.text))
        #expect(value.displayName == row.name)
        #expect(value.uri.text == row.uri)
        #expect(value.tag == row.tag)
        #expect(Sample.text(Sample.request(.from, row.text).fromTag) == row.tag)
        #expect(Sample.text(Sample.request(.to, row.text).toTag) == row.tag)
        // Written and read again it is the same value.
        #expect(try SIPNameAddr(parsing: Sample.bytes(value.text)) == value)
    }

    @Test(arguments: [
        "", "   ", "<>", "<sip:a@b", "sip:a@b>", #""Alice <sip:a@b>"#, #"Alice" <sip:a@b>"#, #""a" "b" <sip:a@b>"#,
        #""a"b <sip:a@b>"#, "<sip:a@b> x", "<sip:a@b> ,", "<sip:a@b>;=x", "<sip:a@b>;a b=x", "<sip:a@b>;x=a b",
        #"<sip:a@b>;x="y"#, #"<sip:a@b>;x="y"z"#, #"<sip:a@b>;x=y"z""#, "a:b <sip:a@b>", "a;b <sip:a@b>",
        // RFC 4475 §3.1.2.14 (badaspec): blanks inside the brackets are refused.
        "< sip:a@b >",
        // RFC 3261 §20: a question mark or comma needs brackets (RFC 4475 §3.1.2.13, regbadct).
        "sip:a@b?Route=%3Csip:x%3E", "sip:a,c@b", "alice", "*",
    ])
    func malformedValuesAreRefused(_ text: String) {
        let error = #expect(throws: SIPParseError.self) { try Sample.request(.from, text).from }
        #expect(error?.suggestedStatus == 400)
    }

    @Test("The tag of a malformed header is none")
    func tagOfMalformedHeader() {
        #expect(Sample.request(.from, #""x <sip:a@b>;tag=1"#).fromTag == nil)
        #expect(Sample.request(.from, "<sip:a@b;tag=1").fromTag == nil)
        #expect(Sample.request(.from, #"<sip:a@b>;tag="q""#).fromTag == nil)
        #expect(Sample.request(.from, "<sip:a@b>;tag=").fromTag == nil)
    }

    @Test("R3261-16: Contact, Route and Record-Route are comma lists over several rows")
    func listsOfValues() throws {
        let contacts = Sample.request(.contact, #""Bell, A" <sip:a@b;x,y>;q=1, sip:c@d;expires=5"#, "<sip:e@f>")
        #expect(try contacts.contacts.map(\.uri.text) == ["sip:a@b;x,y", "sip:c@d", "sip:e@f"])
        #expect(try contacts.contacts.map { $0.parameters.value("expires") } == [nil, "5", nil])
        let routes = Sample.request(.route, "<sip:p1;lr>,<sip:p2>,, <sip:p3;lr>")
        #expect(try routes.routes.map(\.uri.isLooseRouter) == [true, false, true])
        #expect(try Sample.request(.recordRoute, "<sip:p1;lr>").recordRoutes.count == 1)
        #expect(try Sample.request(.to, "<sip:a@b>").routes.isEmpty)
        let asserted = Sample.request(.pAssertedIdentity, "\"A\" <sip:a@b>, tel:+14085264000")
        #expect(try asserted.pAssertedIdentities.map(\.uri.text) == ["sip:a@b", "tel:+14085264000"])
    }

    @Test("A lone star is no contact, and stands alone")
    func contactStar() throws {
        #expect(Sample.request(.contact, "*").hasContactStar)
        #expect(try Sample.request(.contact, "*").contacts.isEmpty)
        #expect(!Sample.request(.contact, "<sip:*>").hasContactStar)
        #expect(!Sample.request(.to, "<sip:a@b>").hasContactStar)
        #expect(throws: SIPParseError.self) { try Sample.request(.contact, "*, <sip:a@b>").contacts }
    }

    @Test("From and To are needed")
    func missing() {
        let error = #expect(throws: SIPParseError.self) { try SIPRequest(.options, uri: "sip:a").from }
        #expect(error?.code == .missingHeader && error?.header == .from)
    }

    @Test("Parameters that are no tokens are written in quotes")
    func quotedParameters() throws {
        let uri = try SIPURI("sip:a@b")
        let parameters = SIPParameters([
            SIPParameter("a", "x"), SIPParameter("b"), SIPParameter("c", "y;z\"\\"), SIPParameter("d", "[::1]"),
        ])
        let value = SIPNameAddr(displayName: "A \"B\"", uri: uri, parameters: parameters)
        #expect(value.text == #""A \"B\"" <sip:a@b>;a=x;b;c="y;z\"\\";d=[::1]"#)
        #expect(try SIPNameAddr(parsing: Sample.bytes(value.text)) == value)
    }
}
