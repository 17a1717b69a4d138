// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

@Suite("Framing of connections", .timeLimit(.minutes(1)))
struct StreamFramingTests {
    /// An OPTIONS for the proxy, with lines of its own instead of a Content-Length.
    private func options(_ name: String, _ lines: String..., body: String = "") -> [UInt8] {
        let head = [
            "OPTIONS sip:example.org SIP/2.0", "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK\(name)",
            "From: <sip:tom@example.org>;tag=t", "To: <sip:example.org>", "Call-ID: \(name)", "CSeq: 1 OPTIONS",
            "Max-Forwards: 70",
        ]
        return Array(((head + lines).joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    private func statuses(_ answer: [UInt8]) -> [String] {
        String(decoding: answer, as: UTF8.self).components(of: "SIP/2.0 ").map { String($0.prefix(3)) }
    }

    /// Runs a test beside a phone on a connection of its own, which must not notice anything.
    private func withNeighbours(_ body: (RunningProxy) async throws -> Void) async throws {
        try await withProxy { running in
            let phone = try await running.phone("sip:claire@example.org", over: .tcp)
            try await body(running)
            for phone in [phone, try await running.phone("sip:bob@example.org")] {
                var request = try SIPRequest.parsed(String(decoding: self.options("after"), as: UTF8.self).lines)
                request.headers.remove(.via)
                request.headers.append(.contentLength, "0")
                #expect(try await phone.send(request).statusCode == 200)
            }
        }
    }

    @Test(
        "R3261-18: without a length that says where the next message begins: 400, and the connection ends",
        arguments: [
            "Content-Length: some", "Content-Length: -1", "Content-Length: 0 0", "Content-Length: 0x10",
            "Content-Length: 18446744073709551616", "Content-Length: 99999999999999999999999999", "Content-Length:",
            "Content-Length: 0\r\nContent-Length: 5", "X-Content-Length: 0",
        ]
    )
    func noLength(line: String) async throws {
        try await self.withNeighbours { running in
            let bytes = self.options("bad", line) + self.options("unseen", "Content-Length: 0")
            let answer = try await RawConnection.untilClosed([bytes], with: running.tcp)
            #expect(self.statuses(answer) == ["400"])
        }
    }

    @Test("a body larger than any we take: refused before it has come, and the connection ends")
    func tooLarge() async throws {
        try await self.withNeighbours { running in
            let bytes = self.options("large", "Content-Length: 2000000000")
            let answer = try await RawConnection.untilClosed([bytes], with: running.tcp)
            #expect(self.statuses(answer) == ["513"])
        }
    }

    @Test("a header that never ends: the connection ends")
    func endlessHeader() async throws {
        try await self.withNeighbours { running in
            let line = Array("X-Filler: \(String(repeating: "x", count: 1000))\r\n".utf8)
            let start = Array(self.options("endless").dropLast(2))
            let pieces = [start] + Array(repeating: line, count: 1000)
            // What could not be written any more, because the connection was gone, is no failure.
            let answer = try? await RawConnection.untilClosed(pieces, with: running.tcp)
            #expect(!self.statuses(answer ?? []).contains("200"))
        }
    }

    @Test("R3261-18: a message that the end of the connection cuts short is no message")
    func truncated() async throws {
        try await self.withNeighbours { running in
            let bytes = self.options("short", "Content-Length: 100", body: "only this")
            let answer = try await RawConnection.untilClosed([bytes], finishes: true, with: running.tcp)
            #expect(answer == [])
        }
    }

    @Test("a length shorter than the body: the rest is no message, and the connection ends")
    func tooShort() async throws {
        try await self.withNeighbours { running in
            let body = "hello, this is\r\nmore than five bytes\r\n\r\n"
            let bytes = self.options("rest", "Content-Length: 5", body: body)
            let answer = try await RawConnection.untilClosed([bytes], with: running.tcp)
            #expect(self.statuses(answer) == ["200"])
        }
    }

    @Test("a malformed message with an end is refused by itself; the next one is served")
    func resynchronised() async throws {
        try await self.withNeighbours { running in
            let bytes =
                self.options("odd", "Content-Length: 4", "CSeq: 2 OPTIONS", body: "body")
                + self.options("next", "Content-Length: 0") + self.options("last", "Content-Length: no")
            let answer = try await RawConnection.untilClosed([bytes], with: running.tcp)
            #expect(self.statuses(answer) == ["400", "200", "400"])
        }
    }

    @Test("a message byte by byte is a message")
    func byteByByte() async throws {
        try await self.withNeighbours { running in
            let bytes =
                self.options("slow", "Content-Length: 4", body: "body")
                + self.options("end", "Content-Length: no")
            let answer = try await RawConnection.untilClosed(bytes.map { [$0] }, with: running.tcp)
            #expect(self.statuses(answer) == ["200", "400"])
        }
    }
}

extension String {
    /// What follows each occurrence of a separator.
    fileprivate func components(of separator: String) -> [Substring] {
        self.ranges(of: separator).map { self[$0.upperBound...] }
    }

    /// Lines without their CRs, up to the blank one.
    fileprivate var lines: String {
        self.split(separator: "\r\n").joined(separator: "\n")
    }
}
