// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// What happens while a list dialog waits for the store.
@Suite struct CommitTests {
    @Test func anAbortedFirstSubscribeLeavesNothing() throws {
        var world = EngineWorld(isPersistent: true)
        let prepared = try world.prepare(world.makeSubscribe())
        #expect(prepared.changes.count == 1)
        let actions = world.engine.abort(prepared.ticket, status: 503, now: world.now)
        #expect(actions.status == 503)
        #expect(try actions.replies.at(0).text(.retryAfter) == "10")
        #expect(actions.requests.isEmpty)
        #expect(world.engine.takeChanges(includingStates: true, now: world.now, limit: 100).isEmpty)
        #expect(world.engine.confirm(prepared.ticket, now: world.now).isEmpty)
        #expect(world.drained() == RLSStatistics())
    }

    @Test func anAbortedRefreshLeavesTheDialogAsItWas() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        _ = world.engine.takeChanges(includingStates: true, now: world.now, limit: 100)
        _ = world.advance(.seconds(300), answering: true)
        let moved = world.makeSubscribe(
            expires: 3000,
            cSeq: 2,
            toTag: list.tag,
            lines: ["Contact: <sip:alice@192.0.2.99:5070>"]
        )
        let change = RLSListAnswer.list(EngineWorld.service, EngineWorld.list(EngineWorld.bob))
        let prepared = try world.prepareRefresh(moved, answer: change)
        let actions = world.engine.abort(prepared.ticket, status: 503, now: world.now)
        #expect(actions.status == 503)
        #expect(actions.requests.isEmpty)
        // Old target, old end, old list, next version.
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(1).request, cSeq: 2, body: "<new/>"))
        let partial = try #require(world.advance(.seconds(6)).notifies.first)
        #expect(partial.request.requestURI.elementsEqual("sip:alice@192.0.2.10:5062".utf8))
        let notify = try ListNotify(partial)
        #expect(notify.shown(EngineWorld.claire) == "active:<new/>")
        #expect(notify.version == 2)
        #expect(notify.state == "active;expires=295")
    }

    @Test("R6665-31: a subscription whose time ran out while the store was asked says so first")
    func aSubscriptionMayRunOutDuringACommit() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand(world.makeSubscribe(expires: 120), bodies: ["<bob/>", "<claire/>"])
        _ = world.advance(.seconds(119), answering: true)
        let refresh = world.makeSubscribe(expires: 600, cSeq: 2, toTag: list.tag)
        let prepared = try world.prepareRefresh(refresh, answer: .unchanged)
        let state = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 20, body: "<late/>"))
        #expect(state.status == 200)
        _ = world.advance(.seconds(8), answering: true)
        let actions = world.engine.abort(prepared.ticket, status: 503, now: world.now)
        #expect(actions.status == 503)
        #expect(try actions.notifies.map { try ListNotify($0).state } == ["terminated;reason=timeout"])
    }

    @Test("R6665-31: nothing is told of a subscription whose time ran out while the plugs were asked")
    func aSubscriptionMayRunOutWhilePlugsAreAsked() throws {
        var world = EngineWorld()
        let list = world.stand(world.makeSubscribe(expires: 120), bodies: ["<bob/>", "<claire/>"])
        _ = world.advance(.seconds(119), answering: true)
        let subscribe = world.read(world.makeSubscribe(expires: 600, cSeq: 2, toTag: list.tag))
        guard case .proceed(let ticket) = world.engine.beginRefresh(subscribe, now: world.now) else {
            Issue.record("the refresh does not proceed")
            return
        }
        let state = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 20, body: "<late/>"))
        #expect(state.status == 200)
        #expect(world.advance(.seconds(8), answering: true).notifies.isEmpty)
        let late = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 21, body: "<later/>"))
        #expect(late.status == 200 && late.notifies.isEmpty)
        let actions = world.engine.release(ticket, subscribe, status: 503, now: world.now)
        #expect(actions.status == 503)
        #expect(try actions.notifies.map { try ListNotify($0).state } == ["terminated;reason=timeout"])
    }

    @Test(arguments: [500, 503]) func aRefusedRecordSaysItsStatus(status: Int) throws {
        var world = EngineWorld(isPersistent: true)
        let prepared = try world.prepare(world.makeSubscribe())
        let actions = world.engine.abort(prepared.ticket, status: status, now: world.now)
        #expect(actions.status == status)
        #expect(try (actions.replies.at(0).text(.retryAfter) != nil) == (status == 503))
    }

    @Test func nothingIsSentWhileTheStoreIsAsked() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        let prepared = try world.prepareRefresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        // A state, and a back-end that wants to be subscribed to again.
        let state = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<new/>"))
        #expect(state.status == 200)
        #expect(state.requests.isEmpty)
        let gone = try world.notify(
            EngineWorld.makeNotify(to: list.backends.at(1).request, cSeq: 2, state: "terminated;reason=deactivated")
        )
        #expect(gone.status == 200)
        #expect(gone.requests.isEmpty)
        // And the engine does not ask to be called again at once, for ever.
        var calls = 0
        while let deadline = world.engine.nextDeadline, deadline <= world.now.advanced(by: .seconds(1)), calls < 100 {
            world.now = max(world.now, deadline)
            #expect(world.engine.handleTimeout(now: world.now).isEmpty)
            calls += 1
        }
        #expect(calls < 50)
        let actions = world.engine.confirm(prepared.ticket, now: world.now)
        #expect(actions.status == 200)
        #expect(try ListNotify(actions.notifies.at(0)).text(EngineWorld.bob) == "<new/>")
        #expect(actions.subscribes.map { $0.request.requestURI.elementsEqual(EngineWorld.claire.utf8) } == [true])
    }

    @Test(
        "R6665-35: a watcher that says meanwhile that it knows no subscription has none to refresh",
        arguments: [600, 0]
    )
    func endedByTheWatcherWhileTheStoreIsAsked(expires: UInt32) throws {
        var world = EngineWorld(isPersistent: true)
        let first = world.subscribe(world.makeSubscribe())
        let tag = try #require(first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) })
        let prepared = try world.prepareRefresh(world.makeSubscribe(expires: expires, cSeq: 2, toTag: tag))
        #expect(try world.answer(first.notifies.at(0), 481).isEmpty)
        _ = world.engine.takeChanges(includingStates: true, now: world.now, limit: 100)
        let actions = world.engine.confirm(prepared.ticket, now: world.now)
        #expect(actions.status == 481)
        #expect(actions.notifies.isEmpty)
        let changes = world.engine.takeChanges(includingStates: true, now: world.now, limit: 9)
        guard case .deleteDialog(let key) = try changes.at(0) else {
            Issue.record("not deleted: \(changes)")
            return
        }
        #expect(key.localTag == tag)
        #expect(world.drained() == RLSStatistics())
    }

    @Test("R6665-35: other failures that come meanwhile change nothing about the refresh")
    func refusedWhileTheStoreIsAsked() throws {
        var world = EngineWorld(isPersistent: true)
        let first = world.subscribe(world.makeSubscribe())
        let tag = try #require(first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) })
        let prepared = try world.prepareRefresh(world.makeSubscribe(cSeq: 2, toTag: tag))
        #expect(try world.answer(first.notifies.at(0), 500).isEmpty)
        let actions = world.engine.confirm(prepared.ticket, now: world.now)
        #expect(actions.status == 200)
        #expect(try ListNotify(actions.notifies.at(0)).state == "active;expires=600")
    }

    @Test("R6665-01: a record from before a refresh is not written behind it", arguments: [true, false])
    func whatIsSavedMeanwhileIsNotOlder(isConfirmed: Bool) throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        // One that was given up while it was being written: the record as it was has to follow.
        let lost = try world.prepareRefresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        #expect(world.engine.abort(lost.ticket, status: 503, mayLand: true, now: world.now).status == 503)
        let moved = world.makeSubscribe(cSeq: 3, toTag: list.tag, lines: ["Contact: <sip:alice@192.0.2.99:5070>"])
        let prepared = try world.prepareRefresh(moved)
        #expect(world.records() == [])
        if isConfirmed {
            #expect(world.engine.confirm(prepared.ticket, now: world.now).status == 200)
        } else {
            #expect(world.engine.abort(prepared.ticket, status: 503, now: world.now).status == 503)
        }
        #expect(world.records() == [isConfirmed ? "sip:alice@192.0.2.99:5070" : "sip:alice@192.0.2.10:5062"])
        #expect(world.records() == [])
    }

    @Test func aSecondSubscribeWaitsAndAThirdIsSentAway() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        let prepared = try world.prepareRefresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        let second = world.read(world.makeSubscribe(cSeq: 3, toTag: list.tag))
        guard case .wait = world.engine.beginRefresh(second, now: world.now) else {
            Issue.record("the second does not wait")
            return
        }
        let third = world.refresh(world.makeSubscribe(cSeq: 4, toTag: list.tag))
        #expect(third.status == 500)
        #expect(try third.replies.at(0).text(.retryAfter) == "1")
        #expect(world.engine.confirm(prepared.ticket, now: world.now).status == 200)
        guard case .proceed = world.engine.beginRefresh(second, now: world.now) else {
            Issue.record("the second does not go on")
            return
        }
    }

    @Test func aSubscriptionThatEndsWhileTheStoreIsAskedIsDeletedBehindTheCommit() throws {
        var world = EngineWorld(isPersistent: true)
        let prepared = try world.prepare(world.makeSubscribe())
        #expect(world.engine.beginDrain(.endDialogs, now: world.now).isEmpty)
        let actions = world.engine.confirm(prepared.ticket, now: world.now)
        #expect(actions.status == 200)
        // R6665-25: each 2xx has its NOTIFY; the next one ends it.
        #expect(try ListNotify(actions.notifies.at(0)).state == "active;expires=600")
        let last = try world.answer(actions.notifies.at(0))
        #expect(try ListNotify(last.notifies.at(0)).state == "terminated;reason=deactivated")
        let changes = world.engine.takeChanges(includingStates: true, now: world.now, limit: 100)
        guard case .deleteDialog = changes.last else {
            Issue.record("not deleted: \(changes)")
            return
        }
    }

    @Test func anOrderlyStopThatKeepsDialogsBeginsNothingNew() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        let prepared = try world.prepare(world.makeSubscribe(callID: "call-2"))
        _ = world.engine.beginDrain(.keepDialogs, now: world.now)
        let late = world.engine.confirm(prepared.ticket, now: world.now)
        #expect(late.status == 503)
        #expect(try late.replies.at(0).text(.retryAfter) != nil)
        #expect(late.requests.isEmpty)
        let changes = world.engine.takeChanges(includingStates: true, now: world.now, limit: 100)
        #expect(changes.contains { if case .deleteDialog(let key) = $0 { key.callID == "call-2" } else { false } })
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag)).status == 503)
        #expect(world.subscribe(world.makeSubscribe(callID: "call-3")).status == 503)
    }
}

extension EngineWorld {
    /// Contacts of the list dialogs' records that are to be written now.
    fileprivate mutating func records() -> [String] {
        self.engine.takeChanges(includingStates: false, now: self.now, limit: 100).compactMap { change in
            if case .putDialog(let record, _) = change { record.contact } else { nil }
        }
    }
}
