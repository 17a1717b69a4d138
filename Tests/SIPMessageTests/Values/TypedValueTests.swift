// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Typed header values.
struct TypedValueTests {
    private func header(_ line: String) throws -> SIPRequest { try parseRequest(options([line])) }

    @Test(
        arguments: [
            ("<sip:a@b>;tag=x", "x"), ("<sip:a@b;tag=no>;tag=x", "x"),
            ("\";tag=no\" <sip:a@b>;x=\";tag=no\";TAG = x;y", "x"),
            ("sip:a@b;tag=x", "x"), ("sip:a@b;user=phone ; tag=x.y-z", "x.y-z"), ("<sip:a@b>", nil),
            ("<sip:a@b;tag=no>", nil),
            ("<sip:a@b>;tagged=x", nil), ("<sip:a@b>;tag", nil), ("<sip:a@b>;tag=", nil),
            ("\"a\\\";tag=no\" <sip:a@b>", nil),
            ("\"open;tag=x", nil),
        ] as [(String, String?)]
    )
    func tagsStandOutsideQuotesAndBrackets(_ value: String, _ tag: String?) throws {
        let lines = minimalLines.map { $0.hasPrefix("To") ? "To: \(value)" : $0 }
        let request = try parseRequest(wire(["OPTIONS sip:b@c SIP/2.0"] + lines))
        #expect(text(request.toTag) == tag)
    }

    @Test func eventHasTypeAndParameters() throws {
        let event = try #require(try self.header("o: presence.winfo ; ID=7;x").event)
        #expect(event.type == "presence.winfo")
        #expect(event.id == "7")
        #expect(event.parameters.contains("X"))
        #expect(text(try self.header("Event: dialog;id=1").eventType) == "dialog")
        #expect(try self.header("X: y").event == nil)
        #expect(try self.header("X: y").eventType == nil)
        #expect(throws: SIPParseError.self) { try self.header("Event: ;id=1").event }
    }

    @Test func subscriptionStateTakesParametersInAnyOrder() throws {
        let one = try #require(
            try self.header("Subscription-State: TERMINATED ;Retry-After=5; REASON=probation;expires=0")
                .subscriptionState
        )
        #expect(one.state == .terminated)
        #expect(text(one.reason) == "probation")
        #expect(one.retryAfter == 5)
        #expect(one.expires == 0)
        let two = try #require(try self.header("Subscription-State: pending;expires=12x;reason").subscriptionState)
        #expect(two.state == .pending)
        #expect(two.expires == nil)
        #expect(two.reason == nil)
        #expect(try self.header("Subscription-State: waiting").subscriptionState?.state == .other)
        #expect(try self.header("Subscription-State: active;expires=99999999999").subscriptionState?.expires == .max)
        #expect(throws: SIPParseError.self) { try self.header("Subscription-State: ;expires=1").subscriptionState }
        #expect(try self.header("X: y").subscriptionState == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("0068", 68), ("4294967295", .max), ("4294967296", .max), ("99999999999999999999999999", .max),
        ] as [(String, UInt32)]
    )
    func secondsAreClamped(_ value: String, _ seconds: UInt32) throws {
        #expect(try self.header("Expires: \(value)").expires == seconds)
        #expect(try self.header("Min-Expires: \(value)").minExpires == seconds)
    }

    @Test(
        arguments: [
            ("18000;duration=3600", 18000), ("120 (I'm in a meeting)", 120), ("5", 5), ("x", nil), ("", nil),
            ("-5", nil),
        ] as [(String, UInt32?)]
    )
    func retryAfterIsReadAsSeconds(_ value: String, _ seconds: UInt32?) throws {
        // R3261-24
        #expect(try self.header("Retry-After: \(value)").retryAfter == seconds)
    }

    @Test func acceptTellsAbsentFromEmpty() throws {
        #expect(try self.header("X: y").accept == nil)
        #expect(try self.header("Accept:").accept == [])
        let ranges = try #require(
            try self.header(
                "Accept: Multipart/Related;type=\"a/b\";q=0.5, */*;q=0, text/*;q=1.0, a/b;q=0.1234, c/d;q=x"
            ).accept
        )
        #expect(ranges.map(\.type) == ["multipart", "*", "text", "a", "c"])
        #expect(ranges.map(\.subtype) == ["related", "*", "*", "b", "d"])
        #expect(ranges.map(\.q) == [500, 0, 1000, 123, 1000])
        #expect(ranges[0].parameters.value("TYPE") == "a/b")
        #expect(throws: SIPParseError.self) { try self.header("Accept: text").accept }
    }

    @Test func contentTypeHasBoundary() throws {
        let type = try #require(
            try self.header("c: Multipart/Related ; boundary=\"a;b\\\"c\" ; start=\"<x@y>\"").contentType
        )
        #expect(type.type == "multipart")
        #expect(type.subtype == "related")
        #expect(type.parameters.value("Boundary") == "a;b\"c")
        #expect(type.parameters.value("start") == "<x@y>")
    }

    @Test func dispositionDefaultsToNothing() throws {
        let one = try self.header("Content-Disposition: Recipient-List; handling=OPTIONAL").contentDisposition
        #expect(one?.type == "recipient-list")
        #expect(one?.handling == "optional")
        #expect(try self.header("X: y").contentDisposition == nil)
        #expect(try self.header("e: deflate, gzip").contentEncodings == ["deflate", "gzip"])
    }

    @Test func viaTakesBlanks() throws {
        // R3261-74
        let vias = try parseRequest(
            wire(
                ["OPTIONS sip:b@c SIP/2.0"] + minimalLines.dropFirst()
                    + [
                        "v: SIP / 2.0 / UDP first.example.com: 4000 ;rport;maddr=1.2.3.4,SIP/2.0/tls [::1] : 5061;Branch=z"
                    ]
            )
        ).vias
        #expect(vias.map(\.transport) == ["UDP", "TLS"])
        #expect(vias.map(\.host) == ["first.example.com", "[::1]"])
        #expect(vias.map(\.port) == [4000, 5061])
        #expect(vias[0].hasRport)
        #expect(vias[0].rport == nil)
        #expect(vias[0].maddr == "1.2.3.4")
        #expect(vias[1].branch == "z")
    }

    @Test(arguments: [
        "", "SIP/2.0/UDP", "SIP/2.0 UDP h", "SIP//UDP h", "HTTP/2.0/UDP h", "SIP/2.0/UDP h:0", "SIP/2.0/UDP h:x",
        "SIP/2.0/UDP h h2", "SIP/2.0/U@P h", "SIP/2.0/UDP [::1", "SIP/2.0/UDP h;;=", "SIP/2.0/UDP [::1]x",
    ])
    func badViaIsRefused(_ value: String) {
        #expect(throws: SIPParseError.self) { try SIPVia(parsing: slice(value)) }
    }

    @Test(
        arguments: [
            ("<sip:a@b>", nil, "sip:a@b", "<sip:a@b>"), ("sip:a@b;x=y", nil, "sip:a@b", "<sip:a@b>;x=y"),
            (
                "\"A \\\"B\\\"\" <sip:a@b;lr>;x=\"y z\"", "A \"B\"", "sip:a@b;lr",
                "\"A \\\"B\\\"\" <sip:a@b;lr>;x=\"y z\""
            ),
            ("Bell, A <sip:a@b>", "Bell, A", "sip:a@b", "\"Bell, A\" <sip:a@b>"),
            ("Alice Liddell<sip:a@b>", "Alice Liddell", "sip:a@b", "\"Alice Liddell\" <sip:a@b>"),
            ("\"<sip:no@no>\" <sip:a,b@c?x=y>", "<sip:no@no>", "sip:a,b@c?x=y", "\"<sip:no@no>\" <sip:a,b@c?x=y>"),
            (" <tel:+1-2;ext=3> ;tag=x ", nil, "tel:+1-2;ext=3", "<tel:+1-2;ext=3>;tag=x"),
        ] as [(String, String?, String, String)]
    )
    func nameAddrIsReadAndWritten(_ value: String, _ name: String?, _ uri: String, _ written: String) throws {
        let parsed = try SIPNameAddr(parsing: slice(value))
        #expect(parsed.displayName == name)
        #expect(parsed.uri.text == uri)
        #expect(parsed.text == written)
        #expect(try SIPNameAddr(parsing: slice(parsed.text)) == parsed)
    }

    @Test(arguments: [
        "", "<>", "<sip:a@b", "sip:a@b>", "\"a <sip:a@b>", "\"a\" b <sip:a@b>", "sip:a@b?x=y", "sip:a,b@c",
        "< sip:a@b>",
        "<sip:a@b> x", "<sip:a@b>;=x", "<sip:a@b>;x=\"y", "a:b <sip:a@b>", "*",
    ])
    func badNameAddrIsRefused(_ value: String) {
        #expect(throws: SIPParseError.self) { try SIPNameAddr(parsing: slice(value)) }
    }

    @Test func starContactIsNoAddress() throws {
        let request = try self.header("m: *")
        #expect(request.hasContactStar)
        #expect(try request.contacts.isEmpty)
        #expect(try self.header("m: <sip:a@b>").hasContactStar == false)
    }

    @Test func decimalsRoundTrip() {
        for value in [0, 9, 10, 4_294_967_295, .max] as [UInt64] {
            var output: [UInt8] = []
            SIPText.writeDecimal(value, into: &output)
            #expect(SIPText.decimal(output[...]) == value)
        }
        for bad in ["", "-1", "+1", "1 ", "18446744073709551616"] {
            #expect(SIPText.decimal(slice(bad)) == nil)
        }
    }
}
