// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// NOTIFYs to phones that came by other ways than most.
@Suite struct NotifyPathTests {
    /// The first NOTIFY to a phone with this Contact, whose SUBSCRIBE came this way.
    private static func notify(to contact: String, via path: SIPPath) throws -> RLSOutboundRequest {
        var world = EngineWorld()
        let subscribe = RLSSubscribe(
            world.makeSubscribe(lines: ["Contact: <\(contact)>"]),
            via: path,
            watcher: nil,
            configuration: world.configuration
        )
        let preparation = world.engine.prepare(
            subscribe,
            service: EngineWorld.service,
            verdict: .allow,
            list: EngineWorld.list(EngineWorld.bob),
            now: world.now
        )
        return try #require(world.finish(preparation).notifies.first)
    }

    @Test(arguments: [(5060, true), (5061, false)] as [(UInt16, Bool)])
    func aContactWithoutPortMeansTheUsualOne(port: UInt16, isSource: Bool) throws {
        let path = SIPPath(
            transport: .udp,
            local: .init(host: "192.0.2.1", port: 5060),
            remote: .init(host: "192.0.2.10", port: port)
        )
        let contact = "sip:alice@192.0.2.10"
        let outbound = try Self.notify(to: contact, via: path)
        #expect(outbound.destination == (isSource ? .uri(try SIPURI(contact)) : .flow(path)))
    }

    @Test func anIPv6AddressOfOursHasNoPlaceInAContentID() throws {  // R4662-82
        let path = SIPPath(
            transport: .udp,
            local: .init(host: "2001:db8::1", port: 5060),
            remote: .init(host: "2001:db8::10", port: 5062)
        )
        let outbound = try Self.notify(to: "sip:alice@[2001:db8::10]:5062", via: path)
        #expect(outbound.request.text(.contact) == "<sip:rls@[2001:db8::1]:5060>")
        // The reader takes no Content-ID with a colon.
        #expect(try ListNotify(outbound).resources.map { $0.uri } == [EngineWorld.bob])
    }
}
