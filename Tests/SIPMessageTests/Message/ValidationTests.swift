// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// What a proxy refuses beyond what the parser does, and what it can still answer.
struct ValidationTests {
    @Test(
        "A malformed or repeated header is named, and answered with 400",
        arguments: [
            ("Contact: <sip:a@b", .contact), ("Contact: \"a", .contact), ("Contact: *, <sip:a@b>", .contact),
            ("Expires: x", .expires), ("Expires: -1", .expires), ("Expires: 1\r\nExpires: 1", .expires),
            ("Min-Expires: 1.5", .minExpires), ("Max-Forwards: x", .maxForwards), ("Max-Forwards: 256", .maxForwards),
            ("Event: a b", .event), ("Event: presence\r\no: dialog", .event),
            ("Subscription-State: ;x", .subscriptionState),
            ("Subscription-State: active\r\nSubscription-State: active", .subscriptionState),
            ("Content-Type: text", .contentType), ("Content-Type: a/b\r\nc: a/b", .contentType),
            ("Content-Disposition: a\r\nContent-Disposition: a", .contentDisposition),
            ("SIP-If-Match: a\r\nSIP-If-Match: b", .sipIfMatch),
            ("Suppress-If-Match: a\r\nSuppress-If-Match: b", .suppressIfMatch),
            ("Route: <x>", .route), ("Record-Route: x", .recordRoute), ("Via: HTTP/2.0/UDP a", .via),
            ("v: SIP/2.0/UDP a;;,;,,", .via), ("Require: a b", .require), ("Proxy-Require: \"a\"", .proxyRequire),
        ] as [(String, SIPHeaderName)]
    )
    func validationNamesTheHeader(_ line: String, _ name: SIPHeaderName) throws {
        let request = try parseRequest(options([line]))
        let error = #expect(throws: SIPParseError.self) { try request.validate() }
        #expect(error?.header == name || error?.code == .uri)
        #expect(error?.suggestedStatus == 400)
    }

    @Test(
        "What peers send and the RFC allows to take is valid",
        arguments: [
            "Max-Forwards: 255", "Expires: 99999999999999999999", "Contact: *", "Require: a, b ,c", "Require:",
            "Route:",
            "Contact: <sip:a@b>;;;;", "Date: Fri, 01 Jan 2010 16:00:00 EST",
            "Content-Disposition: a b", "P-Asserted-Identity: nonsense", "Accept: nonsense", "X-Other: \"",
            "Content-Type: multipart/related;type=application/rlmi+xml;boundary=a",
        ]
    )
    func toleratedHeadersAreValid(_ line: String) throws {
        try parseRequest(options([line])).validate()
    }

    @Test("A Request-URI of another scheme is left to 416, a malformed one is refused")
    func requestURIs() throws {
        let lines = minimalLines + ["Max-Forwards: 70"]
        for uri in ["nobodyKnowsThisScheme:totallyopaquecontent", "tel:+1", "sip:user@example.com?Route=%3Csip:x%3E"] {
            try parseRequest(wire(["OPTIONS \(uri) SIP/2.0"] + lines)).validate()
        }
        for uri in ["sip:a@b:99999", "sip:a@b%40", "sip:", "a@b", "sip:\u{E9}@b", "sip:a\"b@c"] {
            let request = try parseRequest(wire(["OPTIONS \(uri) SIP/2.0"] + lines))
            let error = #expect(throws: SIPParseError.self, "\(uri)") { try request.validate() }
            #expect(error?.suggestedStatus == 400)
        }
    }

    @Test("Responses are validated as well")
    func responses() throws {
        let valid = try parseResponse(wire(["SIP/2.0 200 OK"] + minimalLines + ["Contact: <sip:a@b>"]))
        try valid.validate()
        let invalid = try parseResponse(wire(["SIP/2.0 200 OK"] + minimalLines + ["Contact: <sip:a@b"]))
        #expect(throws: SIPParseError.self) { try invalid.validate() }
    }

    @Test("A request with everything twice is answered with everything once")
    func recoveredRequestsHaveEachHeaderOnce() throws {
        let bytes = wire(
            ["OPTIONS sip:b@c SIP/2.0"] + minimalLines + [
                "f: <sip:x@y>;tag=2", "To: <sip:z@y>", "Call-ID: other", "CSeq: 2 OPTIONS", "v: SIP/2.0/UDP second",
            ]
        )
        #expect(throws: SIPParseError.self) { try SIPParser.parse(datagram: bytes) }
        let request = try #require(SIPParser.recoverRequest(from: bytes))
        let answer = try parseResponse(SIPResponse(to: request, 400, toTag: slice("t")).bytes)
        try answer.validate()
        #expect(text(answer.callID) == "a@b")
        #expect(text(answer.fromTag) == "1")
        #expect(try answer.vias.map(\.host) == ["192.0.2.1", "second"])
    }

    @Test("A request without a needed header is answered with what there is")
    func recoveredRequestsMayLackHeaders() throws {
        let request = try #require(
            SIPParser.recoverRequest(from: wire(["OPTIONS sip:b@c SIP/2.0", "Via: SIP/2.0/UDP h;branch=z", "i: x"]))
        )
        let answer = SIPResponse(to: request, 400, toTag: slice("t"))
        #expect(text(answer.headers.first(.via)) == "SIP/2.0/UDP h;branch=z")
        #expect(text(answer.callID) == "x")
        #expect(answer.headers.count == 2)
    }
}
