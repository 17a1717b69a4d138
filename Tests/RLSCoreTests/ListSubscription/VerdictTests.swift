// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// The authoriser's verdicts and their changes (R4662-30, R4662-31, R6665-28, R6665-29).
@Suite struct VerdictTests {
    private static let list = RLSListAnswer.list(
        EngineWorld.service,
        EngineWorld.list(EngineWorld.bob, EngineWorld.claire)
    )

    private static func begin(_ verdict: RLSAuthorization, _ world: inout EngineWorld) -> String {
        let actions = world.subscribe(world.makeSubscribe(), verdict: verdict)
        var notifies: [RLSOutboundRequest] = []
        _ = world.serve(actions, bodies: ["<bob/>", "<claire/>"], &notifies)
        return actions.replies.first?.toTag.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    @Test(arguments: [RLSAuthorization.pending, .hide]) func permissionShowsTheListAtOnce(before: RLSAuthorization)
        throws
    {
        var world = EngineWorld()
        _ = Self.begin(before, &world)
        let actions = world.recheck(verdict: .allow, answer: Self.list)
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.state.hasPrefix("active;"))
        #expect(notify.isFull)
        #expect(notify.resources.count == 2)
        #expect(actions.subscribes.count == 2)
        #expect(notify.version == 1)
    }

    @Test func aRefreshMayBringThePermission() throws {
        var world = EngineWorld()
        let tag = Self.begin(.pending, &world)
        let actions = world.refresh(world.makeSubscribe(cSeq: 2, toTag: tag), verdict: .allow, answer: Self.list)
        #expect(actions.status == 200)
        #expect(try ListNotify(try #require(actions.notifies.first)).resources.count == 2)
    }

    @Test(arguments: [RLSAuthorization.pending, .hide]) func permissionMayBeWithdrawn(after: RLSAuthorization) throws {
        var world = EngineWorld()
        _ = Self.begin(.allow, &world)
        let actions = world.recheck(verdict: after)
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.isFull && notify.resources.isEmpty)
        #expect(notify.state.hasPrefix(after == .pending ? "pending;" : "active;"))
        #expect(actions.subscribes.map { $0.request.text(.expires) } == ["0", "0"])
    }

    @Test(arguments: [RLSAuthorization.allow, .pending, .hide])
    func aDenialEndsARunningSubscription(before: RLSAuthorization) throws {  // R6665-29
        for isRefresh in [true, false] {
            var world = EngineWorld(isPersistent: true)
            let tag = Self.begin(before, &world)
            let actions =
                isRefresh
                ? world.refresh(world.makeSubscribe(cSeq: 2, toTag: tag), verdict: .deny)
                : world.recheck(verdict: .deny)
            #expect(actions.status == (isRefresh ? 403 : nil))
            let notify = try ListNotify(try #require(actions.notifies.first))
            #expect(notify.state == "terminated;reason=rejected")
            #expect(notify.isFull)
            // Who is refused is shown nothing any more, not even what changed since the last NOTIFY.
            #expect(notify.resources.isEmpty)
            _ = try world.answer(actions.notifies.at(0))
            for subscribe in actions.subscribes {
                #expect(subscribe.request.text(.expires) == "0")
                _ = world.answer(subscribe, 481)
            }
            #expect(world.drained() == RLSStatistics())
        }
    }

    @Test func anAuthoriserThatDoesNotAnswerChangesNothing() throws {
        var world = EngineWorld()
        let tag = Self.begin(.allow, &world)
        let subscribe = world.read(world.makeSubscribe(cSeq: 2, toTag: tag))
        guard case .proceed(let ticket) = world.engine.beginRefresh(subscribe, now: world.now) else {
            Issue.record("refused")
            return
        }
        #expect(ticket.needsVerdict && ticket.needsList)
        let actions = world.engine.release(ticket, subscribe, status: 503, now: world.now)
        #expect(actions.count == 1)
        #expect(actions.status == 503)
        #expect(try actions.replies.at(0).text(.retryAfter) == "10")
        #expect(world.refresh(world.makeSubscribe(cSeq: 3, toTag: tag)).status == 200)
    }

    @Test func anUnsubscribeAsksNobody() throws {
        var world = EngineWorld()
        let tag = Self.begin(.allow, &world)
        let subscribe = world.read(world.makeSubscribe(expires: 0, cSeq: 2, toTag: tag))
        guard case .proceed(let ticket) = world.engine.beginRefresh(subscribe, now: world.now) else {
            Issue.record("refused")
            return
        }
        #expect(!ticket.needsVerdict && !ticket.needsList)
    }

    @Test func aPendingSubscriptionExpires() throws {
        var world = EngineWorld()
        _ = Self.begin(.pending, &world)
        let last = world.advance(.seconds(601)).notifies
        #expect(try last.map { try ListNotify($0).state } == ["terminated;reason=timeout"])
        _ = try world.answer(last.at(0))
        #expect(world.drained() == RLSStatistics())
    }

    @Test func aDialogThatEndedWhilePlugsWereAskedIsGone() throws {
        var world = EngineWorld()
        let tag = Self.begin(.allow, &world)
        let request = world.makeSubscribe(cSeq: 2, toTag: tag)
        let subscribe = world.read(request)
        guard case .proceed(let ticket) = world.engine.beginRefresh(subscribe, now: world.now) else {
            Issue.record("refused")
            return
        }
        _ = world.engine.beginDrain(.endDialogs, now: world.now)
        let preparation = world.engine.prepareRefresh(
            ticket,
            subscribe,
            verdict: .allow,
            answer: .unchanged,
            now: world.now
        )
        #expect(world.finish(preparation).status == 481)
    }
}
