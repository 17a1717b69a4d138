// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOConcurrencyHelpers
import NIOCore
import RLSCore
import SIPMessage
import Testing

@testable import RLSProxy

@Suite("Next hops")
struct NextHopsTests {
    /// A resolver that answers when the test says so.
    private final class Names: Sendable {
        let asked = NIOLockedValueBox([(host: NextHops.Host, answer: NextHops.Completion)]())
        let now = NIOLockedValueBox(RLSInstant(nanoseconds: 1_000_000_000))

        func makeNextHops() -> NextHops {
            NextHops(now: { self.now.withLockedValue { $0 } }) { host, completion in
                self.asked.withLockedValue { $0.append((host, completion)) }
            }
        }

        var count: Int { self.asked.withLockedValue { $0.count } }

        func answer(_ address: SocketAddress?) {
            self.asked.withLockedValue { $0.last }?.answer(address)
        }

        func pass(_ duration: Duration) {
            self.now.withLockedValue { $0 = $0.advanced(by: duration) }
        }
    }

    private let names = Names()
    private let found = NIOLockedValueBox([SocketAddress?]())

    private func find(_ uri: String, _ hops: NextHops) throws {
        hops.find(try SIPURI(uri)) { hop in self.found.withLockedValue { $0.append(hop?.address) } }
    }

    private var addresses: [String?] { self.found.withLockedValue { $0.map { $0?.description } } }

    @Test("a numeric host is no question")
    func numeric() throws {
        let hops = self.names.makeNextHops()
        try self.find("sip:[2001:db8::7]", hops)
        try self.find("sip:bob@192.0.2.7:5070", hops)
        try self.find("sip:bob@example.org:5070;maddr=192.0.2.7", hops)
        #expect(self.addresses == ["[IPv6]2001:db8::7:5060", "[IPv4]192.0.2.7:5070", "[IPv4]192.0.2.7:5070"])
        #expect(self.names.count == 0)
    }

    @Test("requests that wait for one name share one question")
    func shared() throws {
        let hops = self.names.makeNextHops()
        for user in 0..<5 {
            try self.find("sip:\(user)@Presence.example.org", hops)
        }
        #expect(self.names.count == 1)
        #expect(self.addresses.isEmpty)
        self.names.answer(try SocketAddress(ipAddress: "192.0.2.1", port: 5060))
        #expect(self.addresses == Array(repeating: "[IPv4]192.0.2.1:5060", count: 5))
    }

    @Test("an address is used for its lifetime, a failure only for those who wait for it")
    func lifetime() throws {
        let hops = self.names.makeNextHops()
        try self.find("sip:presence.example.org", hops)
        self.names.answer(nil)
        try self.find("sip:presence.example.org", hops)
        #expect(self.names.count == 2)
        self.names.answer(try SocketAddress(ipAddress: "192.0.2.1", port: 5060))
        self.names.pass(NextHops.lifetime - .milliseconds(1))
        try self.find("sip:presence.example.org", hops)
        #expect(self.names.count == 2)
        self.names.pass(.milliseconds(1))
        try self.find("sip:presence.example.org", hops)
        #expect(self.names.count == 3)
        #expect(self.addresses == [nil, "[IPv4]192.0.2.1:5060", "[IPv4]192.0.2.1:5060"])
    }

    @Test("a port of its own is a question of its own")
    func ports() throws {
        let hops = self.names.makeNextHops()
        try self.find("sip:presence.example.org:5070", hops)
        try self.find("sip:presence.example.org:5080", hops)
        #expect(self.names.asked.withLockedValue { $0.map(\.host.port) } == [5070, 5080])
    }

    @Test("names by the thousand do not fill the memory: old ones are asked again")
    func bounded() throws {
        let hops = self.names.makeNextHops()
        for number in 0...NextHops.limit {
            try self.find("sip:h\(number).example.org", hops)
            self.names.answer(try SocketAddress(ipAddress: "192.0.2.1", port: 5060))
        }
        let asked = self.names.count
        try self.find("sip:h0.example.org", hops)
        #expect(self.names.count == asked + 1)
    }
}
