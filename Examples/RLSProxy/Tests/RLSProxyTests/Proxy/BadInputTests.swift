// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSTestKit
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

@Suite("Bad input", .timeLimit(.minutes(1)))
struct BadInputTests {
    private func options(_ phone: SIPPhone, _ headers: String = "", uri: String = "sip:example.org") throws
        -> SIPRequest
    {
        var request = try SIPRequest.parsed(
            """
            OPTIONS \(uri) SIP/2.0
            Via: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKx
            From: <sip:tom@example.org>;tag=t
            To: <sip:example.org>
            Call-ID: o\(UInt64.random(in: .min ... .max))
            CSeq: 1 OPTIONS
            \(headers)
            """
        )
        request.headers.remove(.via)
        return request
    }

    @Test("any bytes: the proxy drops them and goes on", arguments: [SIPPhone.Transport.udp, .tcp])
    func garbage(transport: SIPPhone.Transport) async throws {
        try await withProxy { running in
            var generator = SeededGenerator(seed: 7)
            for _ in 0..<200 {
                let phone = transport == .udp ? nil : try await running.phone("sip:x@example.org", over: .tcp)
                let sender = if let phone { phone } else { try await running.phone("sip:x@example.org") }
                let count = Int.random(in: 0...300, using: &generator)
                sender.send(bytes: (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
                await sender.close()
            }
            let phone = try await running.phone("sip:tom@example.org", over: transport)
            #expect(try await phone.send(self.options(phone)).statusCode == 200)
        }
    }

    @Test(
        "a request with a broken header gets 400 where a reply can be built",
        arguments: ["Content-Length: 100", "Content-Length: some", "Max-Forwards: many"]
    )
    func brokenHeader(header: String) async throws {
        try await withProxy { running in
            let phone = try await running.phone("sip:tom@example.org")
            let contact = "127.0.0.1:\(phone.address.port ?? 0)"
            let text = """
                OPTIONS sip:example.org SIP/2.0\r
                Via: SIP/2.0/UDP \(contact);branch=z9hG4bKbroken\r
                From: <sip:tom@example.org>;tag=t\r
                To: <sip:example.org>\r
                Call-ID: broken\r
                CSeq: 1 OPTIONS\r
                \(header)\r
                \r

                """
            let response = try await phone.exchange(Array(text.utf8), branch: "z9hG4bKbroken")
            #expect(response.statusCode == 400)
        }
    }

    @Test(
        "R3261-64: what a proxy must refuse",
        arguments: [
            ("Max-Forwards: 0", "sip:tom@192.0.2.1", 483),
            ("Max-Forwards: 70\nProxy-Require: teleportation", "sip:tom@192.0.2.1", 420),
            ("Max-Forwards: 70", "nobodyKnowsThisScheme:x", 416),
        ]
    )
    func refusals(headers: String, uri: String, status: Int) async throws {
        try await withProxy { running in
            let phone = try await running.phone("sip:tom@example.org")
            #expect(try await phone.send(self.options(phone, headers, uri: uri)).statusCode == status)
        }
    }

    @Test(
        "an answer that would go nowhere stops nobody",
        arguments: [
            "maddr=255.255.255.255", "maddr=224.0.1.75", "maddr=0.0.0.0", "maddr=192.0.2.1", "maddr=[2001:db8::1]",
        ]
    )
    func unreachableAnswer(parameter: String) async throws {
        try await withProxy { running in
            let phone = try await running.phone("sip:tom@example.org")
            var request = try self.options(phone)
            request.headers.prepend(.via, "SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKnowhere;\(parameter)")
            phone.send(bytes: request.bytes)
            #expect(try await phone.send(self.options(phone)).statusCode == 200)
            #expect(running.proxy.transport.socket(reaching: phone.address)?.isOpen == true)
        }
    }

    @Test("R3261-40: OPTIONS tells what the proxy can do, also with Max-Forwards 0")
    func capabilities() async throws {
        try await withProxy(resolver: ScriptedResolver()) { running in
            let phone = try await running.phone("sip:tom@example.org")
            let response = try await phone.send(self.options(phone, "Max-Forwards: 0"))
            #expect(response.statusCode == 200)
            #expect(response.text(.allow)?.contains("SUBSCRIBE") == true)
            #expect(response.text(.allowEvents) == "presence")
            #expect(response.text(.accept)?.contains("application/pidf+xml") == true)
            #expect(response.text(.supported) == "eventlist")
        }
    }

    @Test("RFC 5626 §3.5.1: a double CRLF on a connection is answered with one")
    func keepAlive() async throws {
        try await withProxy { running in
            let answer = try await RawConnection.exchange(Array("\r\n\r\n".utf8), with: running.tcp)
            #expect(answer == Array("\r\n".utf8))
        }
    }
}

/// Random bytes that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return self.state ^ (self.state >> 29)
    }
}
