// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// The dialog that the first NOTIFY makes (RFC 6665 §4.4.1).
@Suite struct BackendDialogTests {
    @Test func aNotifyThatOvertakesTheAnswerMakesTheDialog() throws {  // R6665-62, R6665-63
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        let early = world.notify(
            EngineWorld.makeNotify(
                to: subscribe.request,
                state: "active;expires=600",
                body: "<p/>",
                lines: [
                    "Record-Route: <sip:p1.example.org;lr>, <sip:p2.example.org;lr>", "Contact: <sip:pa2@192.0.2.21>",
                ]
            )
        )
        #expect(early.status == 200)
        #expect(try ListNotify(early.notifies.at(0)).shown(EngineWorld.bob) == "active:<p/>")
        #expect(world.answer(subscribe, lines: [(.expires, "600"), (.contact, "<sip:other@192.0.2.99>")]).isEmpty)
        _ = try world.answer(early.notifies.at(0))
        let refresh = try world.backendRefresh()
        // Route set of the NOTIFY in order, its Contact, its tag.
        #expect(refresh.request.requestURI.elementsEqual("sip:pa2@192.0.2.21".utf8))
        #expect(
            refresh.request.headers.values(.route).map { String(decoding: $0, as: UTF8.self) }
                == ["<sip:p1.example.org;lr>", "<sip:p2.example.org;lr>"]
        )
        #expect(refresh.destination == .uri(try SIPURI("sip:p1.example.org;lr")))
        #expect(refresh.request.text(.to) == "<\(EngineWorld.bob)>;tag=pa")
        #expect(refresh.request.text(.callID) == subscribe.request.text(.callID))
        #expect(refresh.request.text(.cSeq) == "2 SUBSCRIBE")
        #expect(refresh.request.text(.maxForwards) == "70")
    }

    @Test func timerNEndsTheWaitForTheFirstNotify() throws {  // R6665-60, R6665-64
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        _ = try world.answer(first.subscribes.at(0), lines: [(.expires, "600")])
        let actions = world.advance(.milliseconds(32_020))
        #expect(try ListNotify(try #require(actions.notifies.first)).shown(EngineWorld.bob) == "terminated/probation")
        #expect(
            try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(0).request, body: "<late/>")).status == 481
        )
    }

    @Test(
        arguments: [
            ["Contact: -"], ["Contact: <<"], ["Contact: *"], ["Contact: <tel:+1>"], ["Contact: <sip:a@x>, <sip:b@x>"],
            ["Contact: <sip:a@x>", "Contact: <sip:b@x>"],
        ]
    )
    func aFirstNotifySaysWhereToSendRequests(lines: [String]) throws {  // R6665-63, R3261-01
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        let request = try first.subscribes.at(0).request
        let refused = world.notify(EngineWorld.makeNotify(to: request, body: "<odd/>", lines: lines))
        #expect(refused.status == 400)
        #expect(refused.requests.isEmpty)
        // Nothing came of it: another fork may make the dialog.
        let next = world.notify(EngineWorld.makeNotify(to: request, body: "<p/>", tag: "other"))
        #expect(next.status == 200)
        #expect(try ListNotify(next.notifies.at(0)).shown(EngineWorld.bob) == "active:<p/>")
    }

    @Test func theContactOfANotifyMovesTheTarget() throws {  // R3261-20, R6665-01
        var world = EngineWorld()
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob))
        for (cSeq, contact) in [(2, "<sip:moved@192.0.2.22>"), (3, "<<broken"), (4, "<tel:+1>")] as [(UInt32, String)] {
            let lines = ["Contact: \(contact)"]
            _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: cSeq, lines: lines))
        }
        let refresh = try world.backendRefresh()
        #expect(refresh.request.requestURI.elementsEqual("sip:moved@192.0.2.22".utf8))
        _ = world.answer(refresh, lines: [(.expires, "600"), (.contact, "<sip:again@192.0.2.23>")])
        _ = world.notify(EngineWorld.makeNotify(to: refresh.request, cSeq: 5, lines: ["Contact: -"]))
        let next = try world.backendRefresh()
        #expect(next.request.requestURI.elementsEqual("sip:again@192.0.2.23".utf8))
    }
}
