// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// When NOTIFYs go out (DESIGN.md §5 "batching", R4662-40, R4662-41).
@Suite struct WindowTests {
    private static let three = EngineWorld.list("sip:a@example.org", "sip:b@example.org", "sip:c@example.org")

    @Test func firstStatesGoOutTogetherWhenAllHaveReported() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: Self.three)
        _ = try world.answer(first.notifies.at(0))
        let subscribes = first.subscribes
        #expect(try world.notify(EngineWorld.makeNotify(to: subscribes.at(0).request, body: "<a/>")).notifies.isEmpty)
        // R6665-80: a refusal is a report.
        #expect(try world.answer(subscribes.at(1), 403).notifies.isEmpty)
        let last = try world.notify(EngineWorld.makeNotify(to: subscribes.at(2).request, body: "<c/>"))
        let notify = try ListNotify(try #require(last.notifies.first))
        #expect(!notify.isFull)
        #expect(notify.resources.map { notify.shown($0.uri) } == ["active:<a/>", "terminated/rejected", "active:<c/>"])
    }

    @Test func firstStatesWaitNoLongerThanTheFillDelay() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: Self.three)
        _ = try world.answer(first.notifies.at(0))
        _ = world.advance(.seconds(1))
        _ = try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(0).request, body: "<a/>"))
        #expect(world.advance(.milliseconds(499)).notifies.isEmpty)
        let filled = try #require(world.advance(.milliseconds(20)).notifies.first)
        #expect(try ListNotify(filled).resources.count == 1)
        _ = world.answer(filled)
        // Those that come later are changes like others.
        _ = try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(1).request, body: "<b/>"))
        #expect(world.advance(.milliseconds(4_990)).notifies.isEmpty)
        #expect(world.advance(.milliseconds(20)).notifies.count == 1)
    }

    @Test("a member that leaves while its first state is awaited holds up the others no longer")  // R4662-40
    func whoLeavesIsNotWaitedFor() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe())
        _ = try world.answer(first.notifies.at(0))
        let change = world.change(to: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(change.notifies.at(0))
        let last = try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(0).request, body: "<bob/>"))
        #expect(try ListNotify(try #require(last.notifies.first)).shown(EngineWorld.bob) == "active:<bob/>")
    }

    @Test func silenceUntilTimerNIsAReport() throws {  // R6665-60
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        _ = try world.answer(first.subscribes.at(0), lines: [(.expires, "600")])
        #expect(world.advance(.milliseconds(31_990)).notifies.isEmpty)
        let notify = try ListNotify(try #require(world.advance(.milliseconds(20)).notifies.first))
        #expect(notify.shown(EngineWorld.bob) == "terminated/probation")
    }

    @Test func laterChangesAreCollected() throws {
        var world = EngineWorld()
        let list = world.stand(bodies: ["<a/>", "<b/>"])
        for (cSeq, body) in [(2, "<1/>"), (3, "<2/>"), (4, "<3/>")] as [(UInt32, String)] {
            _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: cSeq, body: body))
            #expect(world.advance(.seconds(1)).notifies.isEmpty)
        }
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(1).request, cSeq: 2, body: "<x/>"))
        let notifies = world.advance(.milliseconds(2_001)).notifies
        #expect(notifies.count == 1)
        let notify = try ListNotify(notifies.at(0))
        #expect(notify.shown(EngineWorld.bob) == "active:<3/>")
        #expect(notify.shown(EngineWorld.claire) == "active:<x/>")
    }

    @Test func anUnchangedStateMakesNoNotify() throws {
        var world = EngineWorld()
        let list = world.stand(bodies: ["<a/>", "<b/>"])
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<a/>"))
        #expect(world.advance(.seconds(20)).notifies.isEmpty)
    }

    @Test func withoutAWindowChangesGoOutAtOnce() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.waitnTime = .zero })
        let list = world.stand()
        let actions = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<1/>"))
        #expect(actions.notifies.count == 1)
        // R6665-51: and still only one is in flight.
        #expect(
            try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 3, body: "<2/>")).notifies
                .isEmpty
        )
        let next = try world.answer(actions.notifies.at(0)).notifies + world.advance(.milliseconds(20)).notifies
        #expect(try next.map { try ListNotify($0).shown(EngineWorld.bob) } == ["active:<2/>"])
    }

    @Test func aSubscribeTakesPendingChangesAlong() throws {
        var world = EngineWorld()
        let list = world.stand(bodies: ["<a/>", "<b/>"])
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<1/>"))
        let actions = world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.isFull && notify.shown(EngineWorld.bob) == "active:<1/>")
        _ = try world.answer(actions.notifies.at(0))
        #expect(world.advance(.seconds(20)).notifies.isEmpty)
    }

    @Test func changesDuringANotifyCoalesce() throws {  // R6665-51: nothing is lost, the last state wins
        var world = EngineWorld()
        let list = world.stand(bodies: ["<a/>", "<b/>"])
        let backend = try list.backends.at(0).request
        _ = world.notify(EngineWorld.makeNotify(to: backend, cSeq: 2, body: "<1/>"))
        let inFlight = try #require(world.advance(.seconds(6)).notifies.first)
        for cSeq in 3...9 as ClosedRange<UInt32> {
            _ = world.notify(EngineWorld.makeNotify(to: backend, cSeq: cSeq, body: "<\(cSeq)/>"))
        }
        #expect(world.advance(.seconds(20)).notifies.isEmpty)
        let next = world.answer(inFlight).notifies + world.advance(.seconds(6)).notifies
        #expect(try next.map { try ListNotify($0).shown(EngineWorld.bob) } == ["active:<9/>"])
    }

    @Test func expiresCountsDown() throws {  // R6665-36, R6665-55
        var world = EngineWorld()
        let list = world.stand()
        _ = world.advance(.seconds(100), answering: true)
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<1/>"))
        let notify = try ListNotify(try #require(world.advance(.seconds(5)).notifies.first))
        #expect(notify.state == "active;expires=495")
    }

    @Test func aRefreshForTheRemainingSecondsIsAFetch() throws {  // R6665-56
        var world = EngineWorld()
        let list = world.stand(bodies: ["<a/>", "<b/>"])
        _ = world.advance(.seconds(100), answering: true)
        let actions = world.refresh(world.makeSubscribe(expires: 500, cSeq: 2, toTag: list.tag))
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.isFull && notify.state == "active;expires=500")
    }
}
