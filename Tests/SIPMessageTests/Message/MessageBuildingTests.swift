// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Building and changing messages (R3261-10, R3261-60…68).
struct MessageBuildingTests {
    @Test func responsesCopyWhatTheyMust() throws {
        let bytes = wire([
            "OPTIONS sip:b@c SIP/2.0", "v: SIP/2.0/UDP a;branch=1", "t: <sip:b@c>", "From: <sip:a@c>;tag=1", "X: no",
            "Via: SIP/2.0/UDP b;branch=2, SIP/2.0/UDP c;branch=3", "i: x", "Record-Route: <sip:p;lr>",
            "CSeq: 7 OPTIONS",
        ])
        let response = SIPResponse(to: try parseRequest(bytes), 200, toTag: slice("new"))
        #expect(response.reasonPhrase == "OK")
        let expected = [
            "SIP/2.0 200 OK", "Via: SIP/2.0/UDP a;branch=1", "To: <sip:b@c>;tag=new", "From: <sip:a@c>;tag=1",
            "Via: SIP/2.0/UDP b;branch=2, SIP/2.0/UDP c;branch=3", "Call-ID: x", "CSeq: 7 OPTIONS", "Content-Length: 0",
        ]
        #expect(response.bytes == wire(expected))
    }

    @Test func aTagInToIsKept() throws {
        let lines = minimalLines.map { $0.hasPrefix("To") ? $0 + ";Tag=old" : $0 }
        let request = try parseRequest(wire(["OPTIONS sip:b@c SIP/2.0"] + lines))
        #expect(text(SIPResponse(to: request, 200, toTag: slice("new")).toTag) == "old")
        #expect(text(SIPResponse(to: request, 200).toTag) == "old")
    }

    @Test(arguments: [
        200, 202, 204, 400, 403, 404, 405, 406, 412, 415, 420, 421, 423, 481, 482, 489, 500, 501, 503, 513,
    ])
    func codesHaveStandardReasons(_ code: Int) {
        #expect(!SIPResponse(code).reasonPhrase.isEmpty)
        #expect(SIPResponse(code, reason: "Mine").reasonPhrase == "Mine")
    }

    @Test func reasonPhrasesCannotEndTheLine() {
        let bytes = SIPResponse(200, reason: "a\r\nX: b").bytes
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("SIP/2.0 200 a  X: b\r\n"))
    }

    @Test func contentLengthComesFromTheBody() throws {
        var request = try parseRequest(options(["l: 3", "X: 1"], body: "abc"))
        request.body = slice("hello")
        #expect(String(decoding: request.bytes, as: UTF8.self).contains("\r\nContent-Length: 5\r\nX: 1\r\n\r\nhello"))
        request.headers.remove(.contentLength)
        request.setBody { $0.append(contentsOf: "hi".utf8) }
        #expect(String(decoding: request.bytes, as: UTF8.self).hasSuffix("\r\nX: 1\r\nContent-Length: 2\r\n\r\nhi"))
    }

    @Test func viaIsPutOnTopWithoutTouchingTheRequest() throws {
        let request = try parseRequest(options())
        var output: [UInt8] = []
        request.write(into: &output, via: slice("SIP/2.0/TCP p;branch=z9hG4bKb"))
        let forwarded = try parseRequest(output)
        #expect(try forwarded.vias.map(\.host) == ["p", "192.0.2.1"])
        #expect(try request.vias.count == 1)
    }

    /// R3261-66, R3261-68: what a proxy does on the way there and back.
    @Test func aProxysChangesKeepTheRest() throws {
        let received = try parseRequest(
            options(["Route: <sip:us;lr>, <sip:next;lr>", "Max-Forwards: 70", "X: kept", "l: 4"], body: "body")
        )
        var forwarded = received
        forwarded.requestURI = slice("sip:bob@192.0.2.9")
        forwarded.headers.removeFirstValue(.route)
        forwarded.headers.replace(.maxForwards, with: "69")
        forwarded.headers.prepend(.recordRoute, "<sip:us;lr>")
        forwarded.headers.prepend(.via, "SIP/2.0/UDP us;branch=z9hG4bKc")
        let there = try parseRequest(forwarded.bytes)
        #expect(text(there.requestURI) == "sip:bob@192.0.2.9")
        #expect(try there.routes.map(\.uri.text) == ["sip:next;lr"])
        #expect(try there.recordRoutes.map(\.uri.text) == ["sip:us;lr"])
        #expect(try there.maxForwards == 69)
        #expect(text(there.body) == "body")
        #expect(text(there.headers.first("X")) == "kept")
        #expect(text(received.requestURI) == "sip:bob@example.org")

        var back = try parseResponse(SIPResponse(to: there, 200).bytes)
        back.headers.removeFirstValue(.via)
        #expect(try back.vias.map(\.host) == ["192.0.2.1"])
    }

    @Test func theTopViaTakesReceivedAndRport() throws {
        var via = try #require(try parseRequest(options()).topVia)
        via.parameters.set("received", to: "192.0.2.77")
        via.parameters.set("rport", to: "4711")
        #expect(via.text == "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa;received=192.0.2.77;rport=4711")
        via.parameters.remove("Received")
        via.parameters.set("RPORT", to: nil)
        #expect(via.text == "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa;rport")
    }
}
