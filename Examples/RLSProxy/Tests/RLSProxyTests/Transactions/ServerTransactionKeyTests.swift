// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

@testable import RLSProxy

@Suite("Which request is a repeat")
struct ServerTransactionKeyTests {
    private func key(
        via: String,
        method: String = "OPTIONS",
        uri: String = "sip:example.org",
        from: String = "a",
        to: String = "",
        callID: String = "c",
        cSeq: Int = 1
    ) throws -> ServerTransactionKey {
        let request = try SIPRequest.parsed(
            """
            \(method) \(uri) SIP/2.0
            Via: \(via)
            From: <sip:a@example.org>;tag=\(from)
            To: <sip:b@example.org>\(to)
            Call-ID: \(callID)
            CSeq: \(cSeq) \(method)
            """
        )
        return ServerTransactionKey(request, via: try #require(TopVia(of: request)))
    }

    @Test(
        "R3261-57: branch, sent-by and method tell requests apart",
        arguments: [
            ("SIP/2.0/UDP h.example:5060;branch=z9hG4bK1", true), ("SIP/2.0/UDP H.Example;branch=z9hG4bK1", true),
            ("SIP/2.0/UDP h.example:5060;rport;branch=z9hG4bK1", true),
            ("SIP/2.0/UDP h.example:5060;branch=z9hG4bK2", false),
            ("SIP/2.0/UDP h.example:5061;branch=z9hG4bK1", false), ("SIP/2.0/UDP g.example;branch=z9hG4bK1", false),
        ]
    )
    func withCookie(via: String, isSame: Bool) throws {
        let key = try self.key(via: "SIP/2.0/UDP h.example:5060;branch=z9hG4bK1")
        #expect(try (self.key(via: via) == key) == isSame)
        // Nothing else counts, and the method always does.
        #expect(try (self.key(via: via, uri: "sip:x", from: "b", callID: "d", cSeq: 2) == key) == isSame)
        #expect(try self.key(via: via, method: "MESSAGE") != key)
    }

    @Test("R3261-57: without the cookie everything that RFC 2543 names does", arguments: ["", ";branch=1"])
    func withoutCookie(parameters: String) throws {
        let via = "SIP/2.0/UDP h.example:5060\(parameters)"
        let key = try self.key(via: via)
        #expect(try self.key(via: via) == key)
        let others = try [
            self.key(via: via + ";x=y"), self.key(via: via, method: "MESSAGE"), self.key(via: via, uri: "sip:x"),
            self.key(via: via, from: "b"), self.key(via: via, to: ";tag=t"), self.key(via: via, callID: "d"),
            self.key(via: via, cSeq: 2),
        ]
        #expect(Set(others + [key]).count == others.count + 1)
    }
}
