// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// How back-end subscriptions are ended (RFC 6665 §4.1.2.3).
@Suite struct BackendEndTests {
    @Test func anUnsubscribeWaitsForItsNotify() throws {  // R6665-75
        var world = EngineWorld()
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob))
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag))
        _ = try world.answer(end.notifies.at(0))
        #expect(world.engine.statistics.backends == 1)
        _ = try world.answer(end.subscribes.at(0), lines: [(.expires, "0")])
        let last = try EngineWorld.makeNotify(
            to: end.subscribes.at(0).request,
            cSeq: 5,
            state: "terminated;reason=timeout"
        )
        #expect(world.notify(last).status == 200)
        #expect(world.drained() == RLSStatistics())
    }

    @Test(arguments: [200, 481, 408, 0]) func anUnsubscribeNeverHangs(status: Int) throws {
        var world = EngineWorld()
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob))
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag))
        _ = try world.answer(end.notifies.at(0))
        if status > 0 {
            _ = try world.answer(end.subscribes.at(0), status)
        }
        #expect(world.drained(after: .seconds(50)) == RLSStatistics())
    }

    @Test func anAbandonedFirstSubscribeIsEndedWhenItsDialogAppears() throws {  // R6665-62, R6665-75
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        _ = try world.answer(first.notifies.at(0))
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: tag))
        #expect(end.subscribes.isEmpty, "there is no dialog yet to end")
        _ = try world.answer(end.notifies.at(0))
        _ = try world.answer(first.subscribes.at(0), lines: [(.expires, "600")])
        #expect(
            try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(0).request, body: "<p/>")).status == 200
        )
        let unsubscribe = try #require(world.advance(.milliseconds(10)).subscribes.first)
        #expect(unsubscribe.request.text(.expires) == "0")
        #expect(unsubscribe.request.text(.to)?.hasSuffix(";tag=pa") == true)
        _ = world.answer(unsubscribe, 481)
        #expect(world.drained() == RLSStatistics())
    }

    @Test("S-AMP: what ran out with a refresh in flight keeps its place in flight, and is ended when that was accepted")
    func aRefreshInFlightMayBeAcceptedYet() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.backendInFlightPerHop = 1 })
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob), bodies: ["<bob/>"])
        var refresh: RLSOutboundRequest?
        for _ in 0..<600 where refresh == nil {
            refresh = world.advance(.seconds(1), answering: true).subscribes.first
        }
        let open = try #require(refresh)
        let soon = EngineWorld.makeNotify(to: open.request, cSeq: 2, state: "active;expires=3", body: "<bob/>")
        #expect(world.notify(soon).status == 200)
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag))
        #expect(end.subscribes.isEmpty, "the next hop has no room")
        _ = try world.answer(end.notifies.at(0))
        #expect(world.advance(.seconds(5)).isEmpty)
        #expect(world.engine.statistics.backendsInFlight == 1)
        let unsubscribe = world.answer(open, lines: [(.expires, "600")]) + world.advance(.milliseconds(10))
        #expect(unsubscribe.subscribes.map { $0.request.text(.expires) } == ["0"])
        _ = try world.answer(unsubscribe.subscribes.at(0), 481)
        #expect(world.drained() == RLSStatistics())
    }
}
