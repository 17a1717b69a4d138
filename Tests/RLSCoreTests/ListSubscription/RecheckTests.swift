// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// Which dialogs a hint concerns, and what becomes of its answer (R5875-11).
@Suite struct RecheckTests {
    @Test func anEntryThatIsSubscribedToElsewhereIsAnotherOne() throws {
        var world = EngineWorld()
        var list = EngineWorld.list(EngineWorld.bob, EngineWorld.claire)
        let standing = world.stand(list: list, bodies: ["<bob/>", "<claire/>"])
        list.entries[0].target = try SIPURI("sip:bob@moved.example.org")
        let actions = world.change(to: list)
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.isFull && notify.resources.map { $0.uri } == [EngineWorld.bob, EngineWorld.claire])
        // Of the new place nothing is known yet.
        #expect(notify.shown(EngineWorld.bob) == "-" && notify.shown(EngineWorld.claire) == "active:<claire/>")
        let end = try #require(actions.subscribes.first { $0.request.text(.expires) == "0" })
        #expect(try end.request.callID == standing.backends.at(0).request.callID)
        let first = actions.subscribes.filter { $0.request.text(.expires) != "0" }
        #expect(first.map { $0.request.text(.to) } == ["<sip:bob@moved.example.org>"])
    }

    @Test func aListMadeFromOtherDocumentsIsFoundByThose() {
        var world = EngineWorld()
        _ = world.stand()
        var list = EngineWorld.list(EngineWorld.bob)
        list.sources = [RLSDocumentVersion(key: "rls-services/global/index", etag: "7")]
        _ = world.change(to: list)
        let old = ["rls-services/users/sip:alice@example.org/index"]
        #expect(world.engine.dialogs(affectedBy: .documents(old), now: world.now).isEmpty)
        let new = ["rls-services/global/index"]
        let tickets = world.engine.dialogs(affectedBy: .documents(new), now: world.now)
        #expect(tickets.map { $0.known } == [RLSListVersion(sources: list.sources)])
    }

    @Test func aDialogThatWasNotWokenIsNotLookedAt() throws {
        var world = RestoredDialogTests.world(.dialog(try RestoredDialogTests.record()))
        #expect(world.engine.dialogs(affectedBy: .everything, now: world.now).isEmpty)
    }

    @Test func aSubscribeThatCameInBetweenKnowsBetter() throws {
        var world = EngineWorld()
        let list = world.stand()
        let ticket = try #require(world.engine.dialogs(affectedBy: .everything, now: world.now).first)
        let subscribe = world.read(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        guard case .proceed(let refresh) = world.engine.beginRefresh(subscribe, now: world.now) else {
            Issue.record("the refresh does not proceed")
            return
        }
        let late = world.engine.prepareRecheck(ticket, verdict: .deny, answer: .gone, now: world.now)
        #expect(world.finish(late).isEmpty)
        let preparation = world.engine.prepareRefresh(
            refresh,
            subscribe,
            verdict: .allow,
            answer: .unchanged,
            now: world.now
        )
        let actions = world.finish(preparation)
        #expect(actions.status == 200)
        #expect(try ListNotify(try #require(actions.notifies.first)).state == "active;expires=600")
    }
}
