// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

@testable import RLSProxy

@Suite("Top Via")
struct TopViaTests {
    private func request(via: String) throws -> SIPRequest {
        try SIPRequest.parsed(
            """
            OPTIONS sip:example.org SIP/2.0
            Via: \(via)
            From: <sip:a@example.org>;tag=a
            To: <sip:b@example.org>
            Call-ID: v
            CSeq: 1 OPTIONS
            """
        )
    }

    @Test(
        "R3261-61: read in place, it says what the whole grammar says",
        arguments: [
            ("SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK1", true),
            ("SIP/2.0/UDP phone.example;rport;branch=z9hG4bK1", true),
            ("SIP/2.0/TCP phone.example:5060;branch=z9hG4bK1;rport=1;BRANCH=other", true),
            ("SIP/2.0/UDP 192.0.2.7;;branch=z9hG4bK1;maddr=192.0.2.9;received=192.0.2.8", true),
            ("SIP/2.0/UDP 192.0.2.7", true),
            ("SIP/2.0/UDP 192.0.2.7;branch=", true),
            ("SIP/2.0/UDP [2001:db8::1]:5062;branch=z9hG4bK1", false),
            ("SIP / 2.0 / UDP  192.0.2.7 : 5062 ; branch = z9hG4bK1 ; rport", false),
            ("SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1, SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK0", false),
            ("SIP/2.0/UDP 192.0.2.7;x=\"a;branch=b\";branch=z9hG4bK1", false),
            ("SIP/2.0/UDP host_name;branch=z9hG4bK1", false),
        ]
    )
    func agrees(via: String, isPlain: Bool) throws {
        let request = try self.request(via: via)
        let row = try #require(request.headers.first(.via))
        let whole = try #require(try request.topVia)
        #expect(TopVia(of: request) == TopVia(whole))
        #expect((TopVia(plain: row) != nil) == isPlain)
    }

    @Test(
        "what is no Via has nobody to answer to",
        arguments: [
            "", "SIP/2.0", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0/UDP ;branch=x", "SIP/2.0/UDP host:0;branch=x",
            "SIP/2.0/UDP host:65536", "SIP/2.0/UDP host;bra nch=x", "SIP/2.0/U@P host", "HTTP/1.1/UDP host",
            "SIP/2.0/UDP host;\"", "SIP/2.0/UDP [::1", "SIP/2.0/UDP host;=x",
        ]
    )
    func unreadable(via: String) throws {
        let request = try self.request(via: via)
        #expect(TopVia(of: request) == nil)
        #expect(((try? request.topVia) ?? nil) == nil)
    }
}
