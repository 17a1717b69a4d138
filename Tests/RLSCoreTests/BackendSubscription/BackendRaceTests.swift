// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// Messages of presence servers that cross our own, and forks (RFC 6665 §4.1.2.4, §4.4.1).
@Suite struct BackendRaceTests {
    static let bob = EngineWorld.list(EngineWorld.bob)

    @Test(arguments: [200, 481, 0])
    func anEndThatCrossesARefreshBeginsOneNewSubscription(status: Int) throws {  // R6665-67, RFC 6665 §4.1.3
        var world = EngineWorld()
        _ = world.stand(list: Self.bob, bodies: ["<old/>"])
        let refresh = try world.backendRefresh()
        let end = EngineWorld.makeNotify(to: refresh.request, cSeq: 2, state: "terminated;reason=deactivated")
        #expect(world.notify(end).status == 200)
        let again = try world.advance(.milliseconds(20), answering: true).subscribes.at(0)
        #expect(again.request.toTag == nil)
        #expect(again.request.callID != refresh.request.callID)
        // The answer to the refresh comes late, or never: it concerns nobody any more.
        if status > 0 {
            #expect(world.answer(refresh, status, lines: [(.expires, "600")]).isEmpty)
        } else {
            #expect(
                world.engine.outcome(.timeout(lastCSeq: 2), for: refresh.transaction, now: world.now).isEmpty
            )
        }
        _ = world.answer(again, lines: [(.expires, "600")])
        #expect(world.notify(EngineWorld.makeNotify(to: again.request, body: "<new/>")).status == 200)
        #expect(world.notify(EngineWorld.makeNotify(to: refresh.request, cSeq: 3, body: "<late/>")).status == 481)
        let actions = world.advance(.seconds(40), answering: true)
        #expect(try ListNotify(actions.notifies.at(0)).shown(EngineWorld.bob) == "active:<new/>")
        #expect(actions.subscribes.isEmpty)
        #expect(world.engine.statistics.backendsInFlight == 0)
    }

    @Test func anEndThatCrossesTheUnsubscribeIsTheEnd() throws {  // R6665-75
        var world = EngineWorld()
        let list = world.stand(list: Self.bob)
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag))
        let unsubscribe = try end.subscribes.at(0)
        _ = try world.answer(end.notifies.at(0))
        let state = "terminated;reason=deactivated"
        #expect(world.notify(EngineWorld.makeNotify(to: unsubscribe.request, cSeq: 2, state: state)).status == 200)
        #expect(world.answer(unsubscribe, 481).isEmpty)
        #expect(world.drained() == RLSStatistics())
    }

    @Test func aStateThatCrossesTheUnsubscribeIsAnsweredAndForgotten() throws {  // R6665-75
        var world = EngineWorld()
        let list = world.stand(list: Self.bob)
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag))
        let unsubscribe = try end.subscribes.at(0)
        _ = try world.answer(end.notifies.at(0))
        let crossing = world.notify(EngineWorld.makeNotify(to: unsubscribe.request, cSeq: 2, body: "<late/>"))
        #expect(crossing.status == 200)
        #expect(crossing.requests.isEmpty)
        _ = world.answer(unsubscribe, lines: [(.expires, "0")])
        let last = EngineWorld.makeNotify(to: unsubscribe.request, cSeq: 3, state: "terminated;reason=timeout")
        #expect(world.notify(last).status == 200)
        #expect(world.drained() == RLSStatistics())
    }

    @Test func theForkWhoseNotifyComesFirstIsServed() throws {  // R6665-63, R6665-71, R4662-98
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: Self.bob)
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        // The answer is another fork's; it has a tag and a Contact of its own.
        let answer: [(SIPHeaderName, String)] = [(.expires, "600"), (.contact, "<sip:pa@192.0.2.99>")]
        #expect(world.answer(subscribe, lines: answer).isEmpty)
        let one = EngineWorld.makeNotify(to: subscribe.request, body: "<one/>", tag: "fork-1")
        #expect(world.notify(one).status == 200)
        let two = EngineWorld.makeNotify(to: subscribe.request, body: "<two/>", tag: "peer")
        #expect(world.notify(two).status == 481)
        // Neither does the end of the other fork end anything.
        let end = "terminated;reason=rejected"
        #expect(
            world.notify(EngineWorld.makeNotify(to: subscribe.request, cSeq: 2, state: end, tag: "peer")).status == 481
        )
        let refresh = try world.backendRefresh()
        #expect(refresh.request.text(.to) == "<\(EngineWorld.bob)>;tag=fork-1")
        #expect(refresh.request.requestURI.elementsEqual("sip:pa@192.0.2.20".utf8))
    }

    @Test func aForkThatRefusesDoesNotEndTheOneThatServes() throws {  // R6665-62
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: Self.bob)
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        let early = world.notify(EngineWorld.makeNotify(to: subscribe.request, body: "<one/>"))
        #expect(try ListNotify(early.notifies.at(0)).shown(EngineWorld.bob) == "active:<one/>")
        _ = try world.answer(early.notifies.at(0))
        #expect(world.answer(subscribe, 404).isEmpty)
        #expect(world.notify(EngineWorld.makeNotify(to: subscribe.request, cSeq: 2, body: "<two/>")).status == 200)
        let later = try world.advance(.seconds(6)).notifies.at(0)
        #expect(try ListNotify(later).shown(EngineWorld.bob) == "active:<two/>")
    }

    @Test func aFirstNotifyThatIsRepeatedMakesOneDialog() throws {  // R6665-73
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: Self.bob)
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        let notify = EngineWorld.makeNotify(to: subscribe.request, cSeq: 7, body: "<one/>")
        #expect(world.notify(notify).notifies.count == 1)
        let again = world.notify(notify)
        #expect(again.status == 200)
        #expect(again.requests.isEmpty)
        #expect(world.notify(EngineWorld.makeNotify(to: subscribe.request, cSeq: 6, body: "<old/>")).status == 500)
    }

    @Test(arguments: [true, false])
    func withoutExpiresTheAnswerGrantsWhatWasAsked(notifySays: Bool) throws {  // R6665-54, R6665-66
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(expires: 1000), list: Self.bob)
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        #expect(subscribe.request.text(.expires) == "1000")
        _ = world.answer(subscribe)
        let state = notifySays ? "active;expires=100" : "active"
        let actions = world.notify(EngineWorld.makeNotify(to: subscribe.request, state: state, body: "<p/>"))
        _ = try world.answer(actions.notifies.at(0))
        let began = world.now
        let refresh = try world.backendRefresh(within: .seconds(999))
        let waited = world.now.duration(since: began)
        #expect(waited > (notifySays ? .seconds(75) : .seconds(790)))
        #expect(waited < (notifySays ? .seconds(96) : .seconds(960)))
        #expect(refresh.request.text(.expires) == "1000")
    }

    @Test func theFirstNotifyMakesTheRouteSetForGood() throws {  // R6665-63, R3261-20
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: Self.bob)
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        // The answer's Record-Route does not count.
        _ = world.answer(subscribe, lines: [(.expires, "600"), (.recordRoute, "<sip:answer.example.org;lr>")])
        for (cSeq, routes) in [
            (1, "<sip:a.example.org;lr>, <sip:b.example.org;lr>;x=\"1,2\""), (2, "<sip:evil.example.org;lr>"),
        ] as [(UInt32, String)] {
            let lines = ["Record-Route: \(routes)"]
            let notify = EngineWorld.makeNotify(to: subscribe.request, cSeq: cSeq, body: "<\(cSeq)/>", lines: lines)
            #expect(world.notify(notify).status == 200)
        }
        let refresh = try world.backendRefresh()
        #expect(
            refresh.request.headers.values(.route).map { String(decoding: $0, as: UTF8.self) }
                == ["<sip:a.example.org;lr>", "<sip:b.example.org;lr>;x=\"1,2\""]
        )
        #expect(refresh.destination == .uri(try SIPURI("sip:a.example.org;lr")))
    }

    @Test func aRouteThatCannotBeReadMakesNoDialog() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: Self.bob)
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0).request
        #expect(world.notify(EngineWorld.makeNotify(to: subscribe, lines: ["Record-Route: <<"])).status == 400)
        #expect(world.notify(EngineWorld.makeNotify(to: subscribe, cSeq: 2, body: "<p/>")).status == 200)
        #expect(try world.backendRefresh().request.headers.first(.route) == nil)
    }

    @Test func aNotifyThatLeavesNoTimeIsFollowedByOneNewSubscription() throws {  // R6665-55, R6665-66
        var world = EngineWorld()
        let list = world.stand(list: Self.bob, bodies: ["<old/>"])
        let backend = try list.backends.at(0).request
        #expect(
            world.notify(EngineWorld.makeNotify(to: backend, cSeq: 2, state: "active;expires=0", body: "<new/>")).status
                == 200
        )
        let again = world.advance(.seconds(4), answering: true).subscribes
        #expect(again.count == 1)
        #expect(try again.at(0).request.callID != backend.callID)
        #expect(world.notify(EngineWorld.makeNotify(to: backend, cSeq: 3, body: "<late/>")).status == 481)
        _ = try world.answer(again.at(0), lines: [(.expires, "600")])
        #expect(try world.notify(EngineWorld.makeNotify(to: again.at(0).request)).status == 200)
        let shown = try ListNotify(world.advance(.seconds(6)).notifies.at(0))
        #expect(shown.shown(EngineWorld.bob) == "active:<new/>")
    }

    @Test func aGrantOfNothingIsLegal() throws {  // R6665-55: a notifier may grant 0 and end it at once
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: Self.bob)
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        _ = world.answer(subscribe, lines: [(.expires, "0")])
        let state = "terminated;reason=rejected"
        let actions = world.notify(EngineWorld.makeNotify(to: subscribe.request, state: state, body: "<p/>"))
        #expect(actions.status == 200)
        #expect(try ListNotify(actions.notifies.at(0)).shown(EngineWorld.bob) == "terminated/rejected:<p/>")
    }
}
