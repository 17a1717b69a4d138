// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

@Suite struct PreferStreamTests {
    @Test(arguments: [(nil, false), (100, true), (100_000, false)] as [(Int?, Bool)])
    func largeNotifiesGoOverTCPOnlyWhenAskedTo(limit: Int?, overTCP: Bool) throws {  // R3261-13
        var world = EngineWorld(EngineWorld.configuration { $0.preferStreamAbove = limit })
        let contact = "Contact: <sip:alice@192.0.2.10:5062>"
        let notify = try #require(world.subscribe(world.makeSubscribe(lines: [contact])).notifies.first)
        guard case .uri(let uri) = notify.destination else {
            Issue.record("the Contact is the source: no flow is needed")
            return
        }
        #expect(uri.text.hasSuffix(";transport=tcp") == overTCP)
        #expect(notify.request.requestURI.elementsEqual("sip:alice@192.0.2.10:5062".utf8))
    }

    @Test func aContactWithATransportKeepsIt() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.preferStreamAbove = 0 })
        let contact = "Contact: <sip:alice@192.0.2.10:5062;transport=udp>"
        let notify = try #require(world.subscribe(world.makeSubscribe(lines: [contact])).notifies.first)
        #expect(notify.destination == .uri(try SIPURI("sip:alice@192.0.2.10:5062;transport=udp")))
    }

    @Test(
        arguments: [
            ("sips:alice@192.0.2.10:5062", "sips:alice@192.0.2.10:5062"),
            ("sip:alice@192.0.2.10:5062;x=y?z=1", "sip:alice@192.0.2.10:5062;x=y;transport=tcp?z=1"),
        ]
    )
    func theTransportIsAddedWhereItBelongs(contact: String, target: String) throws {  // R3261-13
        var world = EngineWorld(EngineWorld.configuration { $0.preferStreamAbove = 0 })
        let notify = try #require(world.subscribe(world.makeSubscribe(lines: ["Contact: <\(contact)>"])).notifies.first)
        #expect(notify.destination == .uri(try SIPURI(target)))
    }
}
