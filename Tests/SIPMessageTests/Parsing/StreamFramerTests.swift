// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Messages in streams (R3261-18, RFC 5626 §4.4.1).
struct StreamFramerTests {
    private static let first = options(["Content-Length: 3"], body: "abc")
    private static let second = wire(["SIP/2.0 200 OK"] + minimalLines + ["l: 0"])

    @Test(arguments: [1, 2, 3, 7, 64, 10_000])
    func anyPiecesGiveTheSameMessages(_ size: Int) throws {
        let stream = Self.first + [13, 10, 13, 10] + Self.second + [13, 10] + Self.first
        var framer = SIPStreamFramer()
        var kinds: [String] = []
        var index = 0
        while index < stream.count {
            framer.append(stream[index..<min(stream.count, index + size)])
            index += size
            while let message = try framer.next() {
                switch message {
                case .request(let request): kinds.append(text(request.body) ?? "")
                case .response(let response): kinds.append(String(response.statusCode))
                }
            }
        }
        #expect(kinds == ["abc", "200", "abc"])
        #expect(framer.pendingPings == 1)
        #expect(framer.bufferedBytes == 0)
    }

    @Test func pingsAreCountedAndHalvesWait() throws {
        var framer = SIPStreamFramer()
        framer.append([13, 10])
        #expect(try framer.next() == nil)
        #expect(framer.pendingPings == 0)
        framer.append([13, 10, 13, 10])
        #expect(try framer.next() == nil)
        #expect(framer.pendingPings == 1)
        framer.append([13, 10])
        #expect(try framer.next() == nil)
        #expect(framer.pendingPings == 2)
        #expect(framer.bufferedBytes == 0)
    }

    @Test(arguments: ["X: 1", "l: x", "l: -1", "l: 1\r\nl: 2", "l: 99999999999999999999", "no colon\r\nl: 0"])
    func anUnknownEndBreaksTheStream(_ line: String) throws {
        var framer = SIPStreamFramer()
        framer.append(options([line], body: "abc"))
        #expect(throws: SIPParseError.self) { try framer.next() }
        #expect(framer.isBroken)
        #expect(framer.recovered?.callID.map { text($0) } == "a@b")
        #expect(try framer.next() == nil)
    }

    @Test func aBadMessageWithAKnownEndIsSkipped() throws {
        var framer = SIPStreamFramer()
        let bad = wire(["OPTIONS sip:b@c SIP/2.0"] + minimalLines.dropLast() + ["CSeq: x", "l: 1"], body: "z")
        framer.append(bad + Self.first)
        #expect(throws: SIPParseError.self) { try framer.next() }
        #expect(!framer.isBroken)
        #expect(framer.recovered != nil)
        #expect(try framer.next() != nil)
        #expect(framer.recovered == nil)
    }

    @Test func endlessHeadersAndBodiesBreakTheStream() {
        var limits = SIPParserLimits()
        limits.headerBytes = 100
        var framer = SIPStreamFramer(limits: limits)
        framer.append([UInt8](repeating: 0x61, count: 101))
        #expect(throws: SIPParseError.self) { try framer.next() }
        #expect(framer.isBroken)

        limits = SIPParserLimits()
        limits.bodyBytes = 10
        framer = SIPStreamFramer(limits: limits)
        framer.append(options(["l: 11"]))
        #expect(throws: SIPParseError.self) { try framer.next() }
        #expect(framer.isBroken)
    }
}
