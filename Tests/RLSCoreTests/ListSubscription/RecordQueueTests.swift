// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// What waits to be written, and what of it is taken when.
@Suite struct RecordQueueTests {
    private static func kinds(_ changes: [RLSRecordChange]) -> [String] {
        changes.map { change in
            switch change {
            case .putDialog: "dialog"
            case .putState: "state"
            case .deleteDialog: "no dialog"
            case .deleteState: "no state"
            }
        }
    }

    private static func take(_ world: inout EngineWorld, limit: Int, states: Bool = true) -> [String] {
        Self.kinds(world.engine.takeChanges(includingStates: states, now: world.now, limit: limit))
    }

    @Test func noMoreThanAskedForIsTaken() throws {
        var world = EngineWorld(isPersistent: true)
        for callID in ["1", "2", "3"] {
            let list = world.stand(world.makeSubscribe(callID: callID))
            let end = try EngineWorld.makeNotify(
                to: list.backends.at(0).request,
                cSeq: 2,
                state: "terminated;reason=rejected"
            )
            _ = world.notify(end)
        }
        // Terminated ones go first, and without the others.
        #expect(Self.take(&world, limit: 2, states: false) == ["state", "state"])
        #expect(Self.take(&world, limit: 2) == ["state", "state"])
        #expect(Self.take(&world, limit: 9) == ["state", "state"])
        #expect(Self.take(&world, limit: 9).isEmpty)
        // Each dialog once, however often it has changed.
        _ = world.recheck(verdict: .pending)
        _ = world.recheck(verdict: .hide)
        _ = Self.take(&world, limit: 0)
        #expect(Self.take(&world, limit: 2) == ["dialog", "dialog"])
        #expect(Self.take(&world, limit: 2) == ["dialog"])
        #expect(Self.take(&world, limit: 2).isEmpty)
    }

    @Test func eachStateIsWrittenAsItIs() throws {  // R4662-45
        var world = EngineWorld(isPersistent: true)
        let first = world.subscribe(world.makeSubscribe())
        for (index, state) in ["pending;expires=600", "active;expires=600"].enumerated() {
            let backend = try first.subscribes.at(index).request
            _ = world.notify(EngineWorld.makeNotify(to: backend, state: state, body: "<\(index)/>"))
        }
        let states = world.engine.takeChanges(includingStates: true, now: world.now, limit: 9).compactMap { change in
            guard case .putState(let record, known: false) = change else { return RLSStoredState?.none }
            return record
        }
        #expect(states.map { $0.resourceURI } == [EngineWorld.bob, EngineWorld.claire])
        #expect(states.map { $0.state } == [.pending, .active])
        #expect(states.map { $0.body } == [Array("<0/>".utf8), Array("<1/>".utf8)])
        #expect(states.allSatisfy { $0.expires == 1_700_000_600 })
    }

    @Test(arguments: [RLSAuthorization.allow, .pending, .hide])
    func theFirstRecordHasTheVerdict(verdict: RLSAuthorization) throws {  // R4662-31
        var world = EngineWorld(isPersistent: true)
        guard
            case .putDialog(let record, known: false)? = try world.prepare(world.makeSubscribe(), verdict: verdict)
                .changes.first
        else {
            Issue.record("no record")
            return
        }
        #expect(record.status == (verdict == .pending ? .pending : .active))
    }

    @Test func whatHasEndedIsNotWrittenAnyMore() throws {
        var world = EngineWorld(isPersistent: true)
        let first = world.subscribe(world.makeSubscribe())
        _ = world.recheck(verdict: .hide)
        #expect(world.engine.hasUrgentChanges == true, "the verdict is to be written")
        _ = try world.answer(first.notifies.at(0), 481)
        #expect(Self.take(&world, limit: 9) == ["no dialog"])
    }

    @Test func anUnsubscribeDeletesTheRecordOnce() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        _ = Self.take(&world, limit: 9)
        let prepared = try world.prepareRefresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag))
        #expect(Self.kinds(prepared.changes) == ["no dialog"])
        #expect(world.engine.confirm(prepared.ticket, now: world.now).status == 200)
        #expect(Self.take(&world, limit: 9).isEmpty)
    }

    @Test("a deletion that was given up, and may be carried out yet, is undone", arguments: [true, false])
    func aDeletionThatMayLandIsUndone(mayLand: Bool) throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        _ = Self.take(&world, limit: 9)
        let prepared = try world.prepareRefresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag))
        let actions = world.engine.abort(prepared.ticket, status: 503, mayLand: mayLand, now: world.now)
        #expect(actions.status == 503)
        let changes = world.engine.takeChanges(includingStates: true, now: world.now, limit: 9)
        #expect(Self.kinds(changes) == (mayLand ? ["dialog", "state", "state"] : []))
        for case .putState(_, known: let isKnown) in changes {
            #expect(!isKnown, "it may be gone")
        }
    }

    @Test(
        "a first SUBSCRIBE that was given up leaves no record, even when it is written yet",
        arguments: [true, false]
    )
    func aFirstRecordThatMayLandIsDeleted(mayLand: Bool) throws {
        var world = EngineWorld(isPersistent: true)
        let prepared = try world.prepare(world.makeSubscribe())
        #expect(world.engine.abort(prepared.ticket, status: 503, mayLand: mayLand, now: world.now).status == 503)
        #expect(Self.take(&world, limit: 9) == (mayLand ? ["no dialog"] : []))
        #expect(world.drained() == RLSStatistics())
    }

    @Test(
        "a refresh that was given up or refused is written as it was before",
        arguments: [(503, true), (500, false), (503, false)]
    )
    func aRefreshThatFailedIsWrittenAsItWas(status: Int, mayLand: Bool) throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        _ = Self.take(&world, limit: 9)
        let moved = world.makeSubscribe(cSeq: 2, toTag: list.tag, lines: ["Contact: <sip:alice@192.0.2.99>"])
        let prepared = try world.prepareRefresh(moved)
        _ = world.engine.abort(prepared.ticket, status: status, mayLand: mayLand, now: world.now)
        let contacts = world.engine.takeChanges(includingStates: true, now: world.now, limit: 9).compactMap { change in
            guard case .putDialog(let record, known: true) = change else { return String?.none }
            return record.contact
        }
        #expect(contacts == (status == 503 && !mayLand ? [] : ["sip:alice@192.0.2.10:5062"]))
    }

    @Test("R6665-33: what comes while a refresh waits for a store that fails is told all the same")
    func aStateThatCameMeanwhileIsTold() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        let prepared = try world.prepareRefresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<new/>"))
        let end = "terminated;reason=deactivated"
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(1).request, cSeq: 2, state: end))
        // Its turn comes, and is missed.
        #expect(world.advance(.seconds(1)).isEmpty)
        let failed = world.engine.abort(prepared.ticket, status: 503, now: world.now)
        #expect(failed.notifies.isEmpty)
        let actions = failed + world.advance(.seconds(6))
        #expect(actions.subscribes.map { $0.request.text(.to) } == ["<\(EngineWorld.claire)>"])
        let notify = try #require(actions.notifies.first)
        #expect(try ListNotify(notify).shown(EngineWorld.bob) == "active:<new/>")
    }
}
