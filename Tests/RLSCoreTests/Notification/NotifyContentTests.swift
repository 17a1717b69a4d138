// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// What stands in a NOTIFY to the watcher (RFC 4662 §4.5, §5; CLIENTS.md).
@Suite struct NotifyContentTests {
    @Test func versionsAndStatesAreThoseOfTheRFC() throws {
        var world = EngineWorld()
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<bob2/>"))
        let later = world.advance(.seconds(6), answering: true).notifies
        let refresh = world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag)).notifies
        let all = try (list.notifies + later + refresh).map { try ListNotify($0) }
        #expect(all.map { $0.version } == [0, 1, 2, 3])  // R4662-64
        #expect(all.map { $0.cSeq } == [1, 2, 3, 4])  // R3261-03
        #expect(all.map { $0.isFull } == [true, false, false, true])  // R4662-51, R4662-53
        #expect(all.map { $0.uri } == [String](repeating: "sip:alice-list@example.org", count: 4))  // R4662-63
        #expect(all.map { $0.resources.count } == [2, 2, 1, 2])  // R4662-54, R4662-78
        #expect(try all.at(2).shown(EngineWorld.bob) == "active:<bob2/>")
        #expect(try all.at(3).shown(EngineWorld.claire) == "active:<claire/>")  // R4662-52
        // R4662-75: one id for the life of the virtual subscription.
        #expect(Set(all.dropFirst().compactMap { $0.instance(EngineWorld.bob)?.id }).count == 1)
        #expect(try all.at(1).instance(EngineWorld.bob)?.id != all.at(1).instance(EngineWorld.claire)?.id)
        // R4662-82: Content-IDs and boundaries are new each time.
        let cids = all.flatMap { $0.parts.keys }
        #expect(Set(cids).count == cids.count)
        #expect(Set(all.map { $0.boundary }).count == 4)
        #expect(all.allSatisfy { $0.boundary.utf8.count == 32 }, "128 random bits")  // R2387-05
    }

    @Test func bodiesAreRelayedByteForByte() throws {  // R4662-125
        var world = EngineWorld()
        let list = world.stand(bodies: ["", ""])
        let bodies: [[UInt8]] = [
            Array("\r\n  <a>\u{0}\u{1}</a>\r\n--x\r\n\r\n".utf8), [0xFF, 0x00, 0xFE, 0x0D, 0x0A],
        ]
        for (backend, body) in zip(list.backends, bodies) {
            var request = EngineWorld.makeNotify(
                to: backend.request,
                cSeq: 2,
                lines: [#"Content-Type: application/pidf+xml;charset="UTF-8";x=y"#]
            )
            request.body = body[...]
            #expect(world.notify(request).status == 200)
        }
        let notify = try ListNotify(try #require(world.advance(.seconds(6)).notifies.first))
        #expect(notify.body(EngineWorld.bob) == bodies[0])
        #expect(notify.body(EngineWorld.claire) == bodies[1])
        #expect(notify.parts.values.contains { $0.contentType == #"application/pidf+xml;charset="UTF-8";x=y"# })
    }

    @Test func theHeadersAreThoseOfTheDialog() throws {
        var world = EngineWorld()
        let subscribe = world.makeSubscribe(lines: [
            #"From: "Alice" <sip:alice@example.org>;tag=phone"#, "Event: presence;id=7;x=1",
            "Record-Route: <sip:p2.example.org;lr>", "Record-Route: <sip:p1.example.org;lr>;x=\"a,b\"",
        ])
        let first = world.subscribe(subscribe)
        #expect(first.replies.map { $0.reasonPhrase } == ["OK"])
        let request = try #require(first.notifies.first).request
        #expect(request.requestURI.elementsEqual("sip:alice@192.0.2.10:5062".utf8))
        let routes = request.headers.values(.route).map { String(decoding: $0, as: UTF8.self) }
        #expect(routes == ["<sip:p2.example.org;lr>", "<sip:p1.example.org;lr>;x=\"a,b\""])  // R3261-01, R6665-50
        #expect(request.text(.event) == "presence;id=7")  // R6665-44
        #expect(request.text(.to) == #""Alice" <sip:alice@example.org>;tag=phone"#)
        #expect(try request.text(.from) == first.replies.at(0).text(.to))  // R3261-03
        #expect(request.text(.callID) == "call-1")
        #expect(request.text(.cSeq) == "1 NOTIFY")
        #expect(request.text(.contact) == "<sip:rls@192.0.2.1:5060>")
        #expect(try first.notifies.at(0).destination == .uri(try SIPURI("sip:p2.example.org;lr")))
        #expect(
            try first.replies.at(0).headers.values(.recordRoute).map { String(decoding: $0, as: UTF8.self) } == routes
        )
    }

    @Test func textOfListsIsEscaped() throws {  // S-INJECT
        var world = EngineWorld()
        let uri = "sip:o'brien&co@example.org"
        var list = EngineWorld.list(uri)
        let name = "<&\">\t\n\r ]]> \u{1} é"
        list.entries[0].names = [RLSDisplayName(name)]
        let notify = try ListNotify(world.subscribe(world.makeSubscribe(), list: list).notifies.at(0))
        #expect(notify.resources.map { $0.uri } == [uri])
        #expect(notify.resources.first?.names.map { $0.text } == ["<&\">\t\n\r ]]> \u{FFFD} é"])
    }

    @Test(
        arguments: [
            ("de", "de"), ("zh-Hant-TW", "zh-Hant-TW"), ("x-klingon", "x-klingon"), ("", nil), ("de_DE", nil),
            ("ninechars", nil), ("-de", nil), ("de-", nil), ("d e", nil), ("1a", nil),
        ] as [(String, String?)]
    )
    func onlyValidLanguageTagsAreShown(language: String, shown: String?) throws {  // R4662-72
        var world = EngineWorld()
        var list = EngineWorld.list(EngineWorld.bob)
        list.entries[0].names = [RLSDisplayName("Bob", language: language)]
        let notify = try ListNotify(world.subscribe(world.makeSubscribe(), list: list).notifies.at(0))
        #expect(notify.resources.first?.names == [.init(text: "Bob", language: shown)])
    }

    @Test func oldLinphoneGetsItsForm() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.legacyUserAgents = ["Linphone"] })
        let first = world.subscribe(
            world.makeSubscribe(lines: ["User-Agent: Linphone/5.1.65 (belle-sip/5.1)"]),
            list: EngineWorld.list(EngineWorld.bob)
        )
        let request = try first.notifies.at(0).request
        #expect(request.text(.event) == "Presence")
        _ = try ListNotify(request, isLegacy: true)
        let other = world.subscribe(world.makeSubscribe(callID: "call-2"), list: EngineWorld.list(EngineWorld.bob))
        #expect(try other.notifies.at(0).request.text(.event) == "presence")
    }

    /// R3261-04: loose and strict routing.
    @Test(
        arguments: [
            (["<sip:p1;lr>", "<sip:p2>"], "sip:alice@192.0.2.10:5062", ["<sip:p1;lr>", "<sip:p2>"]),
            (
                ["<sip:proxy1>", "<sip:proxy2>", "<sip:proxy3;lr>", "<sip:proxy4>"], "sip:proxy1",
                ["<sip:proxy2>", "<sip:proxy3;lr>", "<sip:proxy4>", "<sip:alice@192.0.2.10:5062>"]
            ),
            // R3261-35: a Request-URI has neither a method parameter nor headers.
            (
                ["<sip:proxy1;method=INVITE;x=1?a=b>"], "sip:proxy1;x=1", ["<sip:alice@192.0.2.10:5062>"]
            ),
        ] as [([String], String, [String])]
    )
    func routeSetsAreFollowed(recordRoutes: [String], requestURI: String, routes: [String]) throws {
        var world = EngineWorld()
        let lines = ["Record-Route: \(recordRoutes.joined(separator: ", "))"]
        let request = try world.subscribe(world.makeSubscribe(lines: lines)).notifies.at(0).request
        #expect(String(decoding: request.requestURI, as: UTF8.self) == requestURI)
        #expect(request.headers.values(.route).map { String(decoding: $0, as: UTF8.self) } == routes)
    }

    @Test(
        arguments: [
            ("sip:alice@192.0.2.10:5062", "uri"), ("sip:alice@10.0.0.7:5062", "flow"),
            ("sip:alice@192.0.2.10:5099", "flow"), ("sip:alice@phone.example.org", "uri"),
            ("sip:alice@[2001:db8::7]", "flow"),
        ]
    )
    func phonesBehindNATAreReachedOverTheirFlow(contact: String, way: String) throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(lines: ["Contact: <\(contact)>"]))
        let outbound = try first.notifies.at(0)
        #expect(outbound.request.requestURI.elementsEqual(contact.utf8))
        #expect(outbound.destination == (way == "flow" ? .flow(world.path) : .uri(try SIPURI(contact))))
    }

    @Test(
        arguments: [
            ("sip", nil, "sip"), ("sips", nil, "sips"), ("sip", "sip", "sip"), ("sip", "sips", "sips"),
            ("sips", "sip", "sips"),
        ] as [(String, String?, String)]
    )
    func ourContactIsAsSecureAsTheWay(contact: String, route: String?, scheme: String) throws {  // R3261-19
        var world = EngineWorld()
        var lines = ["Contact: <\(contact):alice@192.0.2.10:5062>"]
        if let route {
            lines.append("Record-Route: <\(route):p1.example.org;lr>, <sip:p2.example.org;lr>")
        }
        let actions = world.subscribe(world.makeSubscribe(lines: lines))
        #expect(try actions.replies.at(0).text(.contact) == "<\(scheme):rls@192.0.2.1:5060>")
        #expect(try actions.notifies.at(0).request.text(.contact) == "<\(scheme):rls@192.0.2.1:5060>")
    }

    @Test func aSipsListHasASipsContact() throws {  // R3261-19, S-DOWN
        var world = EngineWorld()
        let plain = EngineWorld.parse(
            String(decoding: world.makeSubscribe().bytes, as: UTF8.self)
                .split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
                .replacing("SUBSCRIBE sip:", with: "SUBSCRIBE sips:")
        )
        #expect(world.subscribe(plain).status == 403)
        let tls = SIPPath(
            transport: .tls,
            local: .init(host: "192.0.2.1", port: 5061),
            remote: .init(host: "192.0.2.10", port: 4_000)
        )
        let subscribe = RLSSubscribe(plain, via: tls, watcher: nil, configuration: world.configuration)
        let preparation = world.engine.prepare(
            subscribe,
            service: EngineWorld.service,
            verdict: .allow,
            list: EngineWorld.list("sips:bob@example.org"),
            now: world.now
        )
        let actions = world.finish(preparation)
        #expect(try actions.replies.at(0).text(.contact) == "<sips:rls@192.0.2.1:5061;transport=tcp>")
        #expect(try actions.notifies.at(0).request.text(.contact)?.hasPrefix("<sips:") == true)
        #expect(try actions.subscribes.at(0).request.text(.contact)?.hasPrefix("<sips:") == true)
    }
}
