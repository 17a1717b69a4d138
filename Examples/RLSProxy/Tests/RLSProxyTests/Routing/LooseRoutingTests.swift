// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

@testable import RLSProxy

@Suite("Route rules")
struct LooseRoutingTests {
    private let domains = ServedDomains(
        names: ["example.org"],
        addresses: [SIPPath.Address(host: "192.0.2.1", port: 5060)]
    )

    private func request(_ uri: String, routes: [String]) throws -> SIPRequest {
        try SIPRequest.parsed(
            """
            MESSAGE \(uri) SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1
            From: <sip:a@example.org>;tag=a
            To: <sip:b@example.org>
            Call-ID: r
            CSeq: 1 MESSAGE
            Max-Forwards: 70
            \(routes.map { "Route: \($0)" }.joined(separator: "\n"))
            """
        )
    }

    private func routes(_ request: SIPRequest) -> [String] {
        request.headers.values(.route).map { String(decoding: $0, as: UTF8.self) }
    }

    struct Arrival: Sendable, CustomTestStringConvertible {
        var name: String
        var uri: String
        var routes: [String]
        var expectedURI: String
        var expectedRoutes: [String]

        var testDescription: String { self.name }
    }

    @Test(
        "R3261-65: what led here is taken off",
        arguments: [
            Arrival(
                name: "the top Route is ours",
                uri: "sip:b@192.0.2.9",
                routes: ["<sip:192.0.2.1;lr>, <sip:p2;lr>"],
                expectedURI: "sip:b@192.0.2.9",
                expectedRoutes: ["<sip:p2;lr>"]
            ),
            Arrival(
                name: "the top Route is somebody else's",
                uri: "sip:b@192.0.2.9",
                routes: ["<sip:p2;lr>", "<sip:192.0.2.1;lr>"],
                expectedURI: "sip:b@192.0.2.9",
                expectedRoutes: ["<sip:p2;lr>", "<sip:192.0.2.1;lr>"]
            ),
            Arrival(
                name: "a strict router put us into the Request-URI",
                uri: "sip:192.0.2.1;lr",
                routes: ["<sip:p2;lr>", "<sip:b@192.0.2.9>"],
                expectedURI: "sip:b@192.0.2.9",
                expectedRoutes: ["<sip:p2;lr>"]
            ),
            Arrival(
                name: "no Route",
                uri: "sip:192.0.2.1",
                routes: [],
                expectedURI: "sip:192.0.2.1",
                expectedRoutes: []
            ),
        ]
    )
    func arrival(_ example: Arrival) throws {
        var request = try self.request(example.uri, routes: example.routes)
        LooseRouting.removeOwnRoute(&request, domains: self.domains)
        #expect(String(decoding: request.requestURI, as: UTF8.self) == example.expectedURI)
        #expect(self.routes(request) == example.expectedRoutes)
    }

    @Test("R3261-67: the next hop is the first Route, and a strict router gets itself as Request-URI")
    func departure() throws {
        var direct = try self.request("sip:b@192.0.2.9", routes: [])
        #expect(try LooseRouting.nextHop(of: &direct).text == "sip:b@192.0.2.9")

        var loose = try self.request("sip:b@192.0.2.9", routes: ["<sip:p2;lr>"])
        #expect(try LooseRouting.nextHop(of: &loose).text == "sip:p2;lr")
        #expect(self.routes(loose) == ["<sip:p2;lr>"])

        var strict = try self.request("sip:b@192.0.2.9", routes: ["<sip:p2>", "<sip:p3;lr>"])
        #expect(try LooseRouting.nextHop(of: &strict).text == "sip:p2")
        #expect(String(decoding: strict.requestURI, as: UTF8.self) == "sip:p2")
        #expect(self.routes(strict) == ["<sip:p3;lr>", "<sip:b@192.0.2.9>"])
    }
}
