// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// The end of a restored dialog that was not woken: it was pending or hidden, perhaps, and the record does not say it all.
@Suite struct DormantUnsubscribeTests {
    private static let list = RLSListAnswer.list(
        EngineWorld.service,
        EngineWorld.list(EngineWorld.bob, EngineWorld.claire)
    )

    /// A server started on the record of another one, and our tag in it.
    private static func restored(_ tag: inout String) throws -> EngineWorld {
        var first = EngineWorld(isPersistent: true)
        guard case .putDialog(let record, known: false) = try first.prepare(first.makeSubscribe()).changes.first else {
            throw ListNotify.Failure(description: "no record")
        }
        var world = EngineWorld(isPersistent: true)
        world.engine.restore(.dialog(record), now: world.now)
        world.engine.finishRestoring()
        tag = record.key.localTag
        return world
    }

    @Test(
        "R4662-31: the last NOTIFY shows members only when the authoriser allows it",
        arguments: [RLSAuthorization.allow, .pending, .hide, .deny, nil]
    )
    func membersNeedAVerdict(_ verdict: RLSAuthorization?) throws {
        var tag = ""
        var world = try Self.restored(&tag)
        let request = world.makeSubscribe(expires: 0, cSeq: 2, toTag: tag)
        let subscribe = world.read(request)
        guard case .proceed(let ticket) = world.engine.beginRefresh(subscribe, now: world.now) else {
            Issue.record("the unsubscribe does not proceed")
            return
        }
        #expect(ticket.needsVerdict && ticket.needsList)
        // The shell asks for the list only when it is allowed; the engine does not rely on it.
        let actions = world.finish(
            world.engine.prepareRefresh(ticket, subscribe, verdict: verdict, answer: Self.list, now: world.now)
        )
        #expect(actions.status == 200)
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.state == "terminated;reason=timeout")
        #expect(notify.resources.map { $0.uri } == (verdict == .allow ? [EngineWorld.bob, EngineWorld.claire] : []))
        _ = world.answer(actions.notifies[0])
        #expect(world.drained() == RLSStatistics())
    }

    @Test("R4662-70: the last NOTIFY names each member once, whatever the resolver says")
    func aMemberThatComesTwiceIsNamedOnce() throws {
        var tag = ""
        var world = try Self.restored(&tag)
        let list = EngineWorld.list(EngineWorld.bob, EngineWorld.claire, EngineWorld.bob)
        let actions = world.refresh(
            world.makeSubscribe(expires: 0, cSeq: 2, toTag: tag),
            answer: .list(EngineWorld.service, list)
        )
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.resources.map { $0.uri } == [EngineWorld.bob, EngineWorld.claire])
    }

    @Test("R4662-30: the end of a subscription that runs needs no verdict")
    func theEndOfOneThatRunsIsNotAsked() throws {
        var world = EngineWorld()
        let standing = world.stand()
        let request = world.makeSubscribe(expires: 0, cSeq: 2, toTag: standing.tag)
        guard case .proceed(let ticket) = world.engine.beginRefresh(world.read(request), now: world.now) else {
            Issue.record("the unsubscribe does not proceed")
            return
        }
        #expect(!ticket.needsVerdict && !ticket.needsList)
    }
}
