// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage
import Testing

@testable import RLSProxy

@Suite("Via on receipt")
struct ViaStampTests {
    @Test(
        "R3261-61, R3261-62: received and rport are noted as the rules ask",
        arguments: [
            ("SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK1", "SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK1"),
            (
                "SIP/2.0/UDP 10.1.1.1:5062;branch=z9hG4bK1",
                "SIP/2.0/UDP 10.1.1.1:5062;branch=z9hG4bK1;received=192.0.2.7"
            ),
            (
                "SIP/2.0/UDP phone.example;branch=z9hG4bK1",
                "SIP/2.0/UDP phone.example;branch=z9hG4bK1;received=192.0.2.7"
            ),
            (
                "SIP/2.0/UDP 192.0.2.7:5062;rport;branch=z9hG4bK1",
                "SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK1;rport=7000;received=192.0.2.7"
            ),
            (
                "SIP/2.0/UDP 10.1.1.1;rport=1;received=9.9.9.9;branch=z9hG4bK1",
                "SIP/2.0/UDP 10.1.1.1;branch=z9hG4bK1;rport=7000;received=192.0.2.7"
            ),
        ]
    )
    func stamp(via: String, expected: String) throws {
        var request = try SIPRequest.parsed(
            """
            OPTIONS sip:example.org SIP/2.0
            Via: \(via), SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK0
            From: <sip:a@example.org>;tag=a
            To: <sip:b@example.org>
            Call-ID: v
            CSeq: 1 OPTIONS
            """
        )
        let top = try #require(TopVia(of: request))
        ViaStamp.stamp(&request, via: top, peer: Peer(try SocketAddress(ipAddress: "192.0.2.7", port: 7000)))
        let vias = request.headers.values(.via).map { String(decoding: $0, as: UTF8.self) }
        #expect(vias == [expected, "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK0"])
    }
}
