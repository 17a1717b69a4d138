// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// NOTIFYs that the watcher refuses or does not answer (RFC 6665 §4.2.2).
@Suite struct NotifyFailureTests {
    private static let ending = [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]
    private static let keeping = [
        400, 401, 403, 407, 413, 415, 420, 486, 487, 488, 491, 493, 500, 502, 503, 504, 505, 513, 600, 603, 606,
    ]

    @Test(arguments: Self.ending + [302]) func endsTheSubscription(status: Int) throws {  // R6665-35
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        _ = world.engine.takeChanges(includingStates: true, now: world.now, limit: 100)
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<new/>"))
        let notify = try #require(world.advance(.seconds(6)).notifies.first)
        let actions = world.answer(notify, status)
        #expect(actions.notifies.isEmpty)
        #expect(actions.subscribes.map { $0.request.text(.expires) } == ["0", "0"], "back-ends go as well")
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag)).status == 481)
        let changes = world.engine.takeChanges(includingStates: true, now: world.now, limit: 100)
        guard case .deleteDialog = changes.last else {
            Issue.record("the record stays")
            return
        }
        for subscribe in actions.subscribes {
            _ = world.answer(subscribe, 481)
        }
        #expect(world.drained() == RLSStatistics())
    }

    @Test(arguments: Self.keeping) func keepsTheSubscriptionAndTheNextIsFull(status: Int) throws {  // R4662-65
        var world = EngineWorld()
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<new/>"))
        let notify = try #require(world.advance(.seconds(6)).notifies.first)
        #expect(world.answer(notify, status).isEmpty)
        #expect(world.advance(.milliseconds(4_999)).isEmpty)
        let next = try ListNotify(try #require(world.advance(.milliseconds(20)).notifies.first))
        #expect(next.isFull)
        #expect(next.version == 3)
        #expect(next.shown(EngineWorld.bob) == "active:<new/>")
        #expect(next.shown(EngineWorld.claire) == "active:<claire/>")
    }

    @Test func pausesGrowAndASubscribeEndsThem() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(expires: 7000), list: EngineWorld.list())
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        var notify = try first.notifies.at(0)
        for pause in [5, 10, 20, 40, 80, 160, 300, 300] {
            #expect(world.answer(notify, 500).isEmpty)
            #expect(world.advance(.seconds(pause) - .milliseconds(1)).isEmpty)
            notify = try #require(world.advance(.milliseconds(20)).notifies.first)
        }
        _ = world.answer(notify, 500)
        let actions = world.refresh(world.makeSubscribe(cSeq: 2, toTag: tag))
        #expect(actions.notifies.count == 1)
        _ = try world.answer(actions.notifies.at(0), 500)
        #expect(world.advance(.milliseconds(5_020)).notifies.count == 1)
    }

    @Test(arguments: [("17", 17), ("120 (busy)", 120), ("30;duration=5", 30)] as [(String, Int)])
    func retryAfterIsHonoured(value: String, seconds: Int) throws {  // R3261-24
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list())
        _ = try world.answer(first.notifies.at(0), 503, lines: [(.retryAfter, value)])
        #expect(world.advance(.seconds(seconds) - .milliseconds(1)).isEmpty)
        #expect(world.advance(.milliseconds(20)).notifies.count == 1)
    }

    @Test func aPauseWithoutEndDoesNotKeepAnEndedDialog() throws {  // S-RES
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list())
        _ = try world.answer(first.notifies.at(0), 503, lines: [(.retryAfter, "4294967295")])
        let last = world.advance(.seconds(601)).notifies
        #expect(try last.map { try ListNotify($0).state } == ["terminated;reason=timeout"])
        #expect(try world.answer(last.at(0), 503).isEmpty)
        #expect(world.drained() == RLSStatistics())
    }

    enum Loss: CaseIterable {
        case timeout, transport, status408, silence
    }

    @Test(arguments: Loss.allCases) func threeTimeoutsInARowEndIt(loss: Loss) throws {  // R6665-34
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(expires: 7000), list: EngineWorld.list())
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        func lose(_ world: inout EngineWorld, _ notify: RLSOutboundRequest) throws -> [RLSAction] {
            let number = try notify.request.cSeq.number
            switch loss {
            case .timeout:
                return world.engine.outcome(.timeout(lastCSeq: number), for: notify.transaction, now: world.now)
            case .transport:
                return world.engine.outcome(.transportError(lastCSeq: number), for: notify.transaction, now: world.now)
            case .status408: return world.answer(notify, 408)
            case .silence: return world.advance(.seconds(40))
            }
        }
        _ = try lose(&world, first.notifies.at(0))
        let second = try #require(world.advance(.seconds(6)).notifies.first)
        #expect(try ListNotify(second).isFull)
        _ = try lose(&world, second)
        // A 2xx forgets them.
        let third = try #require(world.advance(.seconds(11)).notifies.first)
        _ = world.answer(third)
        var notify = try #require(world.refresh(world.makeSubscribe(expires: 7000, cSeq: 2, toTag: tag)).notifies.first)
        for pause in [6, 11] {
            _ = try lose(&world, notify)
            notify = try #require(world.advance(.seconds(pause)).notifies.first)
        }
        _ = try lose(&world, notify)
        #expect(world.refresh(world.makeSubscribe(cSeq: 3, toTag: tag)).status == 481)
        #expect(world.drained() == RLSStatistics())
    }

    @Test("R6665-34: a SUBSCRIBE forgets time-outs, as a 2xx does")
    func aSubscribeForgetsTimeouts() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(expires: 7000), list: EngineWorld.list())
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        var notify = try first.notifies.at(0)
        for cSeq in 2...3 as ClosedRange<UInt32> {
            _ = world.engine.outcome(.timeout(lastCSeq: 1), for: notify.transaction, now: world.now)
            notify = try world.advance(.seconds(6)).notifies.at(0)
            _ = world.engine.outcome(.timeout(lastCSeq: 1), for: notify.transaction, now: world.now)
            let refresh = world.refresh(world.makeSubscribe(expires: 7000, cSeq: cSeq, toTag: tag))
            #expect(refresh.status == 200)
            notify = try refresh.notifies.at(0)
        }
    }

    @Test func oneTimeoutEndsItWhenConfiguredSo() throws {  // R6665-34 as the RFC has it
        var world = EngineWorld(EngineWorld.configuration { $0.notifyTimeoutLimit = 1 })
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list())
        _ = try world.engine.outcome(.timeout(lastCSeq: 1), for: first.notifies.at(0).transaction, now: world.now)
        #expect(world.drained() == RLSStatistics())
    }

    @Test("R6665-25, R6665-34: a refresh has its NOTIFY although the one in flight is the last that may go unanswered")
    func aTimeoutAfterARefreshDoesNotEndIt() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.notifyTimeoutLimit = 1 })
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        let refreshed = world.refresh(world.makeSubscribe(cSeq: 2, toTag: tag))
        #expect(refreshed.status == 200)
        #expect(refreshed.notifies.isEmpty, "one is in flight")
        let actions = try world.engine.outcome(
            .timeout(lastCSeq: 1),
            for: first.notifies.at(0).transaction,
            now: world.now
        )
        #expect(try ListNotify(actions.notifies.at(0)).isFull)
    }

    @Test("R6665-34: a watcher that refreshes meanwhile is not gone")
    func aTimeoutDuringARefreshDoesNotEndIt() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.notifyTimeoutLimit = 1 })
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        let subscribe = world.read(world.makeSubscribe(cSeq: 2, toTag: tag))
        guard case .proceed(let ticket) = world.engine.beginRefresh(subscribe, now: world.now) else {
            Issue.record("the refresh does not proceed")
            return
        }
        _ = try world.engine.outcome(.timeout(lastCSeq: 1), for: first.notifies.at(0).transaction, now: world.now)
        let actions = world.finish(
            world.engine.prepareRefresh(ticket, subscribe, verdict: .allow, answer: .unchanged, now: world.now)
        )
        #expect(actions.status == 200)
        #expect(try ListNotify(actions.notifies.at(0)).isFull)
    }

    @Test("R6665-34: a late outcome is not taken for that of the subscription which has the slot now")
    func aLateOutcomeConcernsNobodyElse() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.notifyTimeoutLimit = 1 })
        let list = EngineWorld.list()
        let first = world.subscribe(world.makeSubscribe(), list: list)
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        // From another address, so that the end does not wait for the first NOTIFY.
        let contact = ["Contact: <sip:alice@192.0.2.11:5062>"]
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: tag, lines: contact))
        _ = try world.answer(end.notifies.at(0))
        #expect(world.engine.statistics.listDialogs == 0)
        let second = world.subscribe(world.makeSubscribe(callID: "call-2"), list: list)
        let other = try second.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        let late = try first.notifies.at(0).transaction
        #expect(world.engine.outcome(.timeout(lastCSeq: 1), for: late, now: world.now).isEmpty)
        _ = try world.answer(second.notifies.at(0))
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, callID: "call-2", toTag: other)).status == 200)
    }

    @Test("R6665-60: nor for that of the back-end subscription")
    func aLateAnswerConcernsNoOtherBackend() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        let subscribe = try first.subscribes.at(0)
        let rejected = "terminated;reason=rejected"
        _ = world.notify(EngineWorld.makeNotify(to: subscribe.request, state: rejected))
        let told = try world.answer(first.notifies.at(0))
        _ = try world.answer(told.notifies.at(0))
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: tag))
        _ = try world.answer(end.notifies.at(0))
        #expect(world.engine.statistics.backends == 0)
        _ = world.subscribe(world.makeSubscribe(callID: "call-2"), list: EngineWorld.list(EngineWorld.claire))
        #expect(world.engine.statistics.backendsInFlight == 1)
        _ = world.answer(subscribe, 404)
        #expect(world.engine.statistics.backendsInFlight == 1)
    }

    @Test func anOutcomeIsTakenOnce() throws {
        var world = EngineWorld()
        let list = world.stand()
        let transaction = try list.notifies.at(0).transaction
        #expect(world.engine.outcome(.timeout(lastCSeq: 1), for: transaction, now: world.now).isEmpty)
        #expect(world.engine.outcome(.response(SIPResponse(481)), for: transaction, now: world.now).isEmpty)
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag)).status == 200)
    }

    @Test func theProxysNumbersAreTaken() throws {  // DESIGN.md §3: it answers challenges with higher numbers
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list())
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        var request = try first.notifies.at(0)
        let text = String(decoding: request.request.bytes, as: UTF8.self).replacing(
            "CSeq: 1 ",
            with: "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nCSeq: 3 "
        )
        request.request = EngineWorld.parse(
            text.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
        )
        _ = world.answer(request)
        let next = try ListNotify(world.refresh(world.makeSubscribe(cSeq: 2, toTag: tag)).notifies.at(0))
        #expect(next.cSeq == 4)
        #expect(next.version == 1)  // R4662-65: the version is kept
    }

    @Test func theLastNotifyEndsItHoweverItWent() throws {  // R6665-40
        for status in [200, 500, 503, 481] {
            var world = EngineWorld()
            let list = world.stand()
            let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag))
            #expect(try world.answer(end.notifies.at(0), status).notifies.isEmpty)
            for subscribe in end.subscribes {
                _ = world.answer(subscribe)
                _ = world.notify(
                    EngineWorld.makeNotify(to: subscribe.request, cSeq: 9, state: "terminated;reason=timeout")
                )
            }
            #expect(world.drained() == RLSStatistics())
        }
    }

    @Test(arguments: [200, 500, 481]) func theLastNotifyWaitsForTheOneInFlight(status: Int) throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list())
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: tag))
        #expect(end.status == 200)
        #expect(end.notifies.isEmpty)
        let last = try world.answer(first.notifies.at(0), status).notifies
        guard status != 481 else {
            #expect(last.isEmpty)
            return
        }
        #expect(try last.map { try ListNotify($0).state } == ["terminated;reason=timeout"])
        #expect(try ListNotify(last.at(0)).isFull)  // R4662-53a
        _ = try world.answer(last.at(0))
        #expect(world.drained() == RLSStatistics())
    }
}
