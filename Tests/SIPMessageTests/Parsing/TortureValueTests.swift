// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// More values of the RFC 4475 messages, and what their refusal leads to.
@Suite(.enabled(if: TortureTests.isAvailable))
struct TortureValueTests {
    @Test("lwsdisp: no blank between display name and bracket, To without brackets")
    func displayNames() throws {
        let request = try parseRequest(TortureTests.load("lwsdisp"))
        #expect(try request.from.displayName == "caller")
        #expect(text(request.fromTag) == "323")
        #expect(try request.to.uri.text == "sip:user@example.com")
        #expect(request.toTag == nil)
    }

    @Test("longreq: long names, values and parameters, 34 Via values")
    func longValues() throws {
        let request = try parseRequest(TortureTests.load("longreq"))
        #expect(try request.to.uri.port == 6000)
        #expect(try request.to.uri.parameters.count == 3)
        #expect(try request.from.parameters.count == 3)
        #expect(try request.vias.count == 34)
        #expect(try request.vias.last?.branch?.isEmpty == false)
        #expect(try request.contacts.count == 1)
        #expect(request.body.count == 150)
    }

    @Test("baddn: a comma in an unquoted display name (RFC 4475 §3.1.2.15) is taken")
    func unquotedComma() throws {
        // The file lacks the empty line that ends the header.
        let request = try parseRequest(TortureTests.load("baddn") + [13, 10])
        #expect(try request.from.displayName == "Bell, Alexander")
        #expect(try request.to.uri.text == "sip:t.watson@example.org")
    }

    @Test("unkscm, novelsc: the scheme decides, which the proxy answers with 416")
    func unknownSchemes() throws {
        #expect(
            try parseRequest(TortureTests.load("unkscm")).uri.scheme == .other("nobodyknowsthisscheme")
        )
        #expect(try parseRequest(TortureTests.load("novelsc")).uri.scheme == .other("soap.beep"))
        #expect(try parseRequest(TortureTests.load("unksm2")).to.uri.scheme == .other("isbn"))
    }

    @Test("zeromf, badbranch, inv2543, bcast, invut, bext01: what the element decides on")
    func decidedByTheElement() throws {
        #expect(try parseRequest(TortureTests.load("zeromf")).maxForwards == 0)
        #expect(try parseRequest(TortureTests.load("badbranch")).topVia?.branch == "z9hG4bK")
        let old = try parseRequest(TortureTests.load("inv2543"))
        #expect(try old.topVia?.branch == nil && old.topVia?.host == "iftgw.example.com")
        #expect(try parseResponse(TortureTests.load("bcast")).vias.map(\.host) == ["192.0.2.198", "255.255.255.255"])
        #expect(try parseRequest(TortureTests.load("invut")).contentType?.subtype == "unknownformat")
        #expect(try parseRequest(TortureTests.load("regescrt")).contacts.first?.uri.headers.count == 1)
    }

    @Test(
        "Every refused request can be answered with one From, To, Call-ID and CSeq",
        arguments: [
            ("badinv01", 400), ("clerr", 400), ("ncl", 400), ("scalar02", 400), ("quotbal", 400), ("ltgtruri", 400),
            ("lwsruri", 400), ("lwsstart", 400), ("trws", 400), ("regbadct", 400), ("badaspec", 400), ("badvers", 505),
            ("mismatch01", 400), ("mismatch02", 400), ("insuf", 400), ("multi01", 400), ("mcl01", 400), ("baddn", 400),
        ]
    )
    func refusedRequestsAreAnswered(_ name: String, _ status: Int) throws {
        let bytes = try TortureTests.load(name)
        let error = #expect(throws: SIPParseError.self) {
            guard case .request(let request) = try SIPParser.parse(datagram: bytes) else { return }
            try request.validate()
        }
        #expect(error?.suggestedStatus == status)
        let request = try #require(SIPParser.recoverRequest(from: bytes))
        let answer = SIPResponse(to: request, error?.suggestedStatus ?? 500, toTag: slice("t"))
        for header in [SIPHeaderName.from, .to, .callID, .cSeq] {
            #expect(answer.headers.count(of: header) == min(1, request.headers.count(of: header)))
        }
        #expect(answer.headers.rows(.via) == request.headers.rows(.via))
        #expect(!answer.headers.rows(.via).isEmpty)
    }

    @Test("Broken responses are dropped: there is nothing to answer", arguments: ["scalarlg", "bigcode"])
    func refusedResponsesAreNotAnswered(_ name: String) throws {
        let bytes = try TortureTests.load(name)
        #expect(throws: SIPParseError.self) { try SIPParser.parse(datagram: bytes) }
        #expect(SIPParser.recoverRequest(from: bytes) == nil)
    }
}
