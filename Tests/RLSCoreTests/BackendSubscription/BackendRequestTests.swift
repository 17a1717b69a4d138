// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// The SUBSCRIBE on behalf of the watcher, and how many of them leave at a time.
@Suite struct BackendRequestTests {
    @Test func itIsWrittenAsTheRFCsAsk() throws {
        var world = EngineWorld()
        let request = try world.subscribe(world.makeSubscribe()).subscribes.at(0).request
        #expect(request.requestURI.elementsEqual(EngineWorld.bob.utf8))
        #expect(request.text(.to) == "<\(EngineWorld.bob)>")
        #expect(request.text(.from)?.hasPrefix("<sip:alice@example.org>;tag=rlsb") == true)  // R4662-120
        #expect(request.fromTag.map { $0.count <= 40 } == true)
        #expect(request.callID.map { $0.count <= 40 } == true)
        #expect(request.text(.cSeq) == "1 SUBSCRIBE")
        #expect(request.headers.count(of: .event) == 1 && request.text(.event) == "presence")  // R6665-06
        #expect(request.text(.expires) == "600")  // R6665-02
        #expect(request.text(.contact) == "<sip:rls@192.0.2.1:5060>")
        #expect(request.text(.accept) == "application/pidf+xml")
        #expect(request.headers.first(.supported) == nil)  // R4662-114
        #expect(request.headers.first(.require) == nil)
        #expect(request.headers.first(.pAssertedIdentity) == nil)
        #expect(request.body.isEmpty)
    }

    @Test func everySubscriptionHasItsOwnIdentifiers() {
        var world = EngineWorld()
        let subscribes =
            world.subscribe(world.makeSubscribe()).subscribes
            + world.subscribe(world.makeSubscribe(callID: "2")).subscribes
        #expect(Set(subscribes.compactMap { $0.request.text(.callID) }).count == 4)  // R4662-123: nothing is shared
        #expect(Set(subscribes.compactMap { $0.request.text(.from) }).count == 4)
    }

    @Test(
        arguments: [
            ("70", "69"), ("5", "4"), ("1", "0"), ("200", "70"), ("-", "70"),
        ]
    )
    func hopsAreCountedOverTheList(incoming: String, outgoing: String) throws {  // S-LOOP
        var world = EngineWorld()
        let request = try world.subscribe(world.makeSubscribe(lines: ["Max-Forwards: \(incoming)"])).subscribes.at(0)
            .request
        #expect(request.text(.maxForwards) == outgoing)
    }

    @Test(
        arguments: [
            (nil, "sip:alice@example.org"), (["example.org"], "sip:alice@example.org"),
            (["EXAMPLE.org", "b.org"], "sip:alice@example.org"), (["b.org"], "sip:rls@b.org"),
        ] as [([String]?, String)]
    )
    func foreignWatchersDoNotLendTheirName(domains: [String]?, identity: String) throws {  // R4662-121, S-BACKID
        var world = EngineWorld(EngineWorld.configuration { $0.servedDomains = domains })
        let lines = ["P-Asserted-Identity: <sip:alice@example.org>"]
        let request = try world.subscribe(world.makeSubscribe(lines: lines)).subscribes.at(0).request
        #expect(request.text(.from)?.hasPrefix("<\(identity)>;tag=") == true)
        #expect(request.text(.pAssertedIdentity) == "<\(identity)>")  // MORE-70
    }

    @Test(
        arguments: [
            ("application/pidf+xml, application/rlmi+xml, multipart/related", "application/pidf+xml"),
            // R4662-126: signed and encrypted bodies.
            (
                "multipart/signed, application/pkcs7-mime, application/rlmi+xml",
                "application/pidf+xml, multipart/signed, application/pkcs7-mime"
            ),
            // R4662-58: documents that depend on others are not asked for.
            ("application/pidf-diff+xml, application/rlmi+xml", "application/pidf+xml"),
            ("*/*", "application/pidf+xml"), ("a/b;q=0, multipart/related", "application/pidf+xml"),
            ("application/pidf+xml;q=0.5, a/b;q=0.2, multipart/related", "application/pidf+xml;q=0.5, a/b;q=0.2"),
        ]
    )
    func acceptIsForwarded(accept: String, expected: String) throws {  // C6, MORE-03
        var world = EngineWorld()
        let request = try world.subscribe(world.makeSubscribe(lines: ["Accept: \(accept)"])).subscribes.at(0).request
        #expect(request.text(.accept) == expected)
    }

    @Test func firstRequestsGoToThePresenceServer() throws {  // C5
        let server = try SIPURI("sip:presence.example.org;transport=tcp")
        var world = EngineWorld(EngineWorld.configuration { $0.presenceServer = server })
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob))
        #expect(try list.backends.at(0).destination == .presenceServer(server))
        #expect(try list.backends.at(0).request.requestURI.elementsEqual(EngineWorld.bob.utf8))
        #expect(try world.backendRefresh().destination == .uri(try SIPURI("sip:pa@192.0.2.20")))
        var other = EngineWorld()
        #expect(
            try other.subscribe(other.makeSubscribe()).subscribes.at(0).destination == .uri(try SIPURI(EngineWorld.bob))
        )
    }

    @Test func ourContactMayBeSet() throws {  // R6665-42
        let contact = try SIPURI("sip:rls@rls.example.org;gr=node1")
        var world = EngineWorld(EngineWorld.configuration { $0.backendContact = contact })
        let request = try world.subscribe(world.makeSubscribe()).subscribes.at(0).request
        #expect(request.text(.contact) == "<sip:rls@rls.example.org;gr=node1>")
        // R3261-19: a request to a sips URI has a sips Contact.
        let secure = EngineWorld.list("sips:bob@example.org")
        let other = try world.subscribe(world.makeSubscribe(callID: "2"), list: secure).subscribes.at(0).request
        #expect(other.text(.contact) == "<sips:rls@rls.example.org;gr=node1>")
    }

    @Test(
        arguments: [
            (["Contact: <sip:pa@192.0.2.20>"], "sip"), (["Contact: <sips:pa@192.0.2.20>"], "sips"),
            (["Record-Route: <sips:p.example.org;lr>"], "sips"), (["Record-Route: <sips:p.example.org>"], "sips"),
            (["Record-Route: <sip:p.example.org;lr>, <sips:q.example.org;lr>"], "sip"),
        ]
    )
    func inADialogTheContactIsAsSecureAsTheWay(lines: [String], scheme: String) throws {  // R3261-19
        var world = EngineWorld()
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob), notifyLines: lines)
        #expect(try list.backends.at(0).request.text(.contact) == "<sip:rls@192.0.2.1:5060>")
        #expect(try world.backendRefresh().request.text(.contact) == "<\(scheme):rls@192.0.2.1:5060>")
    }

    // MARK: Pace

    private static func long(_ count: Int, hosts: Int = 1) -> RLSResolvedList {
        RLSResolvedList(
            entries: (0..<count).map { index in
                let uri = "sip:u\(index)@h\(index % hosts).example.org"
                return RLSListEntry(uri: uri, target: try! SIPURI(uri))
            }
        )
    }

    @Test func aLongListDoesNotBurst() throws {  // S-AMP, S-REFRESH
        var world = EngineWorld(EngineWorld.configuration { $0.backendRate = 100 })
        let first = world.subscribe(world.makeSubscribe(), list: Self.long(500, hosts: 10))
        _ = try world.answer(first.notifies.at(0))
        #expect(first.subscribes.count == 50)
        var sent = first.subscribes.count
        for second in 1...5 {
            for subscribe in world.advance(.seconds(1)).subscribes {
                sent += 1
                _ = world.answer(subscribe, 480)
            }
            #expect(sent <= 50 + second * 100 + 1)
        }
        #expect(sent >= 500)
    }

    @Test func aNextHopThatDoesNotAnswerIsNotFlooded() {
        var world = EngineWorld(EngineWorld.configuration { $0.backendInFlightPerHop = 20 })
        let first = world.subscribe(world.makeSubscribe(), list: Self.long(100))
        var subscribes = first.subscribes + world.advance(.seconds(2)).subscribes
        #expect(subscribes.count == 20)
        #expect(world.engine.statistics.backendsInFlight == 20)
        var sent = 20
        while let next = subscribes.popLast() {
            let more = world.answer(next, 404).subscribes + world.advance(.milliseconds(10)).subscribes
            sent += more.count
            subscribes += more
            #expect(world.engine.statistics.backendsInFlight <= 20)
        }
        #expect(sent == 100)
        #expect(world.engine.statistics.backendsInFlight == 0)
    }

    @Test func unansweredOnesAreLimitedAltogether() {
        var world = EngineWorld(EngineWorld.configuration { $0.backendInFlight = 30 })
        let first = world.subscribe(world.makeSubscribe(), list: Self.long(100, hosts: 50))
        #expect((first.subscribes + world.advance(.seconds(2)).subscribes).count == 30)
    }
}
