// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Messages in datagrams (R3261-16, R3261-18).
struct DatagramTests {
    @Test func readsEveryPart() throws {
        let request = try parseRequest(sampleNotify)
        #expect(request.method == .notify)
        #expect(text(request.requestURI) == "sip:rls@192.0.2.10:5060;transport=udp")
        #expect(try request.cSeq == SIPCSeq(number: 17, method: .notify))
        #expect(text(request.callID) == "rls1a2b3c4d5e6f708192a3b4c5d6e7f80912345678")
        #expect(text(request.fromTag) == "10.1732.1764052021.7")
        #expect(text(request.toTag) == "rls1a2b3c4d5e6f708192a3b4c5d6e7f809")
        #expect(text(request.eventType) == "presence")
        #expect(try request.subscriptionState?.expires == 3590)
        #expect(request.body.count == 204)
        try request.validate()
    }

    @Test func emptyLinesBeforeTheStartLineAreSkipped() throws {
        #expect(try parseRequest([13, 10, 13, 10] + options()).method == .options)
    }

    @Test func lineFeedsAloneEndLines() throws {
        let bytes = options(["Content-Length: 2"], body: "hi").filter { $0 != 13 }
        #expect(try text(parseRequest(bytes).body) == "hi")
    }

    @Test func bodyFollowsContentLength() throws {
        #expect(try text(parseRequest(options(["l: 3"], body: "abcdef")).body) == "abc")
        #expect(try text(parseRequest(options([], body: "abcdef")).body) == "abcdef")
        #expect(try text(parseRequest(options(["l: 3", "Content-Length: 3"], body: "abcdef")).body) == "abc")
    }

    static let refused: [(String, SIPParseError.Code, Int)] = [
        ("l: 7", .contentLength, 400), ("l: -1", .contentLength, 400), ("l: +1", .contentLength, 400),
        ("l:", .contentLength, 400), ("l: 1 2", .contentLength, 400), ("l: 99999999999999999999", .contentLength, 400),
        ("l: 1\r\nContent-Length: 2", .duplicateHeader, 400), ("no colon", .headerName, 400), (": x", .headerName, 400),
        ("X Y: x", .headerName, 400), ("X\u{0}: x", .headerName, 400), ("é: x", .headerName, 400),
        ("X: a\rb", .headerValue, 400), ("To: <sip:x@y>", .duplicateHeader, 400), ("Call-ID: x", .duplicateHeader, 400),
        ("f: <sip:x@y>", .duplicateHeader, 400), ("CSeq: 1 OPTIONS", .duplicateHeader, 400),
        ("Max-Forwards: 1\r\nMax-Forwards: 2", .duplicateHeader, 400),
    ]

    @Test(arguments: refused)
    func badHeaderLinesAreRefused(_ line: String, _ code: SIPParseError.Code, _ status: Int) {
        self.expectError(options([line], body: "abcdef"), code, status)
    }

    @Test(arguments: 0..<5)
    func missingHeadersAreNamed(_ index: Int) {
        var lines = minimalLines
        let removed = lines.remove(at: index)
        let error = self.expectError(wire(["OPTIONS sip:b@c SIP/2.0"] + lines), .missingHeader, 400)
        #expect(error?.header == SIPHeaderName(String(removed.prefix { $0 != ":" })))
    }

    static let startLines: [(String, SIPParseError.Code, Int)] = [
        ("OPTIONS", .startLine, 400), ("OPTIONS sip:a@b", .startLine, 400),
        ("OPTIONS sip:a@b HTTP/1.1", .startLine, 400), ("OPTIONS sip:a@b SIP/3.0", .version, 505),
        ("OPTIONS sip:a@b SIP/2.00", .version, 505), ("OPTIONS SIP/2.0", .startLine, 400),
        ("OPTIONS  SIP/2.0", .startLine, 400), (" OPTIONS sip:a@b SIP/2.0", .startLine, 400),
        ("OPT@IONS sip:a@b SIP/2.0", .method, 400), ("OPTIONS sip:a@b SIP/2.0 ", .startLine, 400),
        ("OPTIONS\tsip:a@b\tSIP/2.0", .startLine, 400), ("OPTIONS sip:a\tb SIP/2.0", .requestURI, 400),
        ("SIP/2.0 99 Low", .startLine, 400), ("SIP/2.0 700 High", .startLine, 400), ("SIP/2.0", .version, 505),
        ("SIP/2.0 2000 Long", .startLine, 400), ("SIP/2.0 20x Odd", .startLine, 400),
        ("SIP/1.0 200 Old", .version, 505),
    ]

    @Test(arguments: startLines)
    func badStartLinesAreRefused(_ line: String, _ code: SIPParseError.Code, _ status: Int) {
        self.expectError(wire([line] + minimalLines), code, status)
    }

    static let sequences = [
        "1", "OPTIONS", "1 options", "2147483648 OPTIONS", "-1 OPTIONS", "1 OPTIONS x", "1 INVITE", "",
    ]

    @Test(arguments: sequences)
    func badSequencesAreRefused(_ value: String) {
        let lines = ["OPTIONS sip:b@c SIP/2.0"] + minimalLines.dropLast() + ["CSeq: \(value)"]
        #expect(throws: SIPParseError.self) { try SIPParser.parse(datagram: wire(lines)) }
    }

    @Test func limitsHold() {
        var limits = SIPParserLimits()
        limits.headerBytes = 400
        let long = options(["X: " + String(repeating: "x", count: 500), "Y: 1"])
        #expect(throws: SIPParseError.self) { try SIPParser.parse(datagram: long, limits: limits) }
        limits = SIPParserLimits()
        limits.headerRows = 6
        #expect(throws: Never.self) { try SIPParser.parse(datagram: options(["a: 1"]), limits: limits) }
        self.expectError(options(["a: 1", "b: 2"]), .tooLarge, 513, limits: limits)
        limits = SIPParserLimits()
        limits.bodyBytes = 3
        self.expectError(options([], body: "abcd"), .tooLarge, 513, limits: limits)
    }

    @Test func foldedLinesBecomeOne() throws {
        let request = try parseRequest(
            options(["Subject: a \r\n\t b\r\n  c", "k:\r\n eventlist", "X:\r\n ", "l: 2"], body: "hi")
        )
        #expect(text(request.headers.first(.subject)) == "a b c")
        #expect(request.supported == ["eventlist"])
        #expect(text(request.headers.first("X")) == "")
        #expect(text(request.body) == "hi")
        let written = String(decoding: request.bytes, as: UTF8.self)
        #expect(written.contains("\r\nSubject: a b c\r\nk: eventlist\r\n"))
    }

    @Test func recoveredRequestsHoldWhatAnAnswerNeeds() throws {
        let bytes = wire(["OPTIONS sip:a b SIP/9.9", "garbage"] + minimalLines + ["X Y: 1", "l: 9999"])
        let request = try #require(SIPParser.recoverRequest(from: bytes))
        let answer = try parseResponse(SIPResponse(to: request, 400, toTag: slice("t1")).bytes)
        #expect(answer.statusCode == 400)
        #expect(text(answer.toTag) == "t1")
        #expect(text(answer.headers.first(.via)) == "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa")
    }

    @Test func aJoinedViaIsAWayBack() throws {
        let bytes = Array("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a, SIP/2.0/UDP b\r\nX\r\n\r\n".utf8)
        #expect(try SIPParser.recoverRequest(from: bytes)?.topVia?.host == "a")
    }

    @Test(arguments: [
        "", "\r\n\r\n", "x", "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\n\r\n", "OPTIONS sip:a@b SIP/2.0\r\n\r\n",
        "ACK sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n", "OPTIONS sip:a@b SIP/2.0\r\nVia: nonsense\r\n\r\n",
    ])
    func whatCannotBeAnsweredIsNotRecovered(_ text: String) {
        #expect(SIPParser.recoverRequest(from: Array(text.utf8)) == nil)
    }

    @discardableResult
    private func expectError(
        _ bytes: [UInt8],
        _ code: SIPParseError.Code,
        _ status: Int,
        limits: SIPParserLimits = SIPParserLimits()
    ) -> SIPParseError? {
        do throws(SIPParseError) {
            _ = try SIPParser.parse(datagram: bytes, limits: limits)
            Issue.record("parsed")
            return nil
        } catch {
            #expect(error.code == code)
            #expect(error.suggestedStatus == status)
            #expect(error.offset <= bytes.count)
            return error
        }
    }
}
