// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

@testable import RLSProxy

@Suite("Served domains")
struct ServedDomainsTests {
    private let own = [
        SIPPath.Address(host: "192.0.2.1", port: 5060), SIPPath.Address(host: "2001:db8::1", port: 5070),
    ]

    @Test(
        "with --domain: those domains and our own addresses",
        arguments: [
            ("sip:bob@example.org", true), ("sip:bob@EXAMPLE.ORG", true), ("sip:bob@example.com", false),
            ("sip:bob@example.org:5060", true), ("sip:bob@example.org:5080", false), ("sip:rls@192.0.2.1", true),
            ("sip:rls@192.0.2.1:5060", true),
            ("sip:rls@192.0.2.1:5061", false), ("sip:rls@[2001:db8::1]:5070", true), ("sip:bob@192.0.2.7", false),
        ]
    )
    func named(uri: String, isServed: Bool) throws {
        let domains = ServedDomains(names: ["Example.org"], addresses: self.own)
        #expect(domains.serves(try SIPURI(uri)) == isServed)
    }

    @Test(
        "without --domain: every name, but no device's address",
        arguments: [
            ("sip:bob@example.com", true), ("sip:bob@192.0.2.7", false), ("sip:bob@[2001:db8::7]", false),
            ("sip:rls@192.0.2.1", true),
        ]
    )
    func every(uri: String, isServed: Bool) throws {
        let domains = ServedDomains(names: [], addresses: self.own)
        #expect(domains.serves(try SIPURI(uri)) == isServed)
    }
}
