// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// What a dialog that comes back from the store has in common with the one that was stored (S-STATE).
@Suite struct RestoredDialogTests {
    static let list = RLSListAnswer.list(
        EngineWorld.service,
        EngineWorld.list(EngineWorld.bob, EngineWorld.claire)
    )

    /// The record of a first SUBSCRIBE.
    static func record(
        expires: UInt32 = 600,
        cSeq: UInt32 = 1,
        lines: [String] = [],
        configuration: RLSConfiguration = RLSConfiguration()
    ) throws -> RLSStoredDialog {
        var world = EngineWorld(configuration, isPersistent: true)
        let request = world.makeSubscribe(expires: expires, cSeq: cSeq, lines: lines)
        guard case .putDialog(let record, known: false)? = try world.prepare(request).changes.first else {
            throw ListNotify.Failure(description: "no record")
        }
        return record
    }

    /// A server that was started on these records.
    static func world(
        _ records: RLSStoredRecord...,
        configuration: RLSConfiguration = RLSConfiguration()
    ) -> EngineWorld {
        var world = EngineWorld(configuration, isPersistent: true)
        for record in records {
            world.engine.restore(record, now: world.now)
        }
        world.engine.finishRestoring()
        return world
    }

    private static func state(
        of uri: String,
        in record: RLSStoredDialog,
        _ state: RLSStoredState.AuthState,
        reason: String = "",
        body: String = ""
    ) -> RLSStoredRecord {
        .state(
            RLSStoredState(
                dialog: record.key,
                resourceURI: uri,
                contentType: body.isEmpty ? "" : "application/pidf+xml",
                body: Array(body.utf8),
                state: state,
                reason: reason,
                expires: record.expires
            )
        )
    }

    @Test func itsRequestsAreThoseOfTheDialogBefore() throws {  // R3261-03, R6665-44, R6665-50, MORE-03
        let lines = ["Event: presence;id=7", "Record-Route: <sip:p1.example.org;lr>", "Accept: a/b, multipart/related"]
        let record = try Self.record(expires: 3_600, cSeq: 5, lines: lines)
        // Set otherwise by now: what was said in the dialog stays.
        var world = Self.world(.dialog(record), configuration: EngineWorld.configuration { $0.contactUser = "new" })
        let tag = record.key.localTag
        let own = ["Event: presence;id=7", "Accept: -"]
        #expect(world.refresh(world.makeSubscribe(cSeq: 5, toTag: tag, lines: own)).status == 500)  // R3261-05
        let prepared = try world.prepareRefresh(world.makeSubscribe(cSeq: 6, toTag: tag, lines: own), answer: Self.list)
        guard case .putDialog(let renewed, known: true)? = prepared.changes.first else {
            Issue.record("no record")
            return
        }
        #expect(renewed.accept == "a/b, multipart/related")
        let actions = world.engine.confirm(prepared.ticket, now: world.now)
        let notify = try #require(actions.notifies.first).request
        #expect(notify.text(.route) == "<sip:p1.example.org;lr>")
        #expect(notify.text(.contact) == "<sip:rls@192.0.2.1:5060>")
        #expect(notify.text(.event) == "presence;id=7")
        #expect(notify.text(.to) == "<sip:alice@example.org>;tag=phone")
        let backend = try #require(actions.subscribes.first).request
        #expect(backend.text(.accept) == "application/pidf+xml, a/b")
        #expect(backend.text(.expires) == "3599")  // R6665-77
    }

    @Test("CLIENTS.md: an old linphone is one after the restart, too", arguments: [true, false])
    func theFormOfTheNotifyStays(isLegacy: Bool) throws {
        let lines = ["User-Agent: \(isLegacy ? "Linphone" : "Other")/1"]
        let record = try Self.record(
            lines: lines,
            configuration: EngineWorld.configuration { $0.legacyUserAgents = ["Linphone"] }
        )
        var world = Self.world(.dialog(record))
        let actions = world.refresh(world.makeSubscribe(cSeq: 2, toTag: record.key.localTag), answer: Self.list)
        let notify = try #require(actions.notifies.first)
        #expect(notify.request.text(.event) == (isLegacy ? "Presence" : "presence"))
        #expect(try ListNotify(notify, isLegacy: isLegacy).resources.count == 2)
    }

    @Test func aPackageThatIsNotConfiguredAnyMoreIsServedOn() throws {  // MORE-01
        let configuration = EngineWorld.configuration { $0.eventPackages = [.presence, .dialog] }
        let lines = ["Event: dialog", "Accept: -"]
        let record = try Self.record(lines: lines, configuration: configuration)
        var world = Self.world(.dialog(record))
        let refresh = world.makeSubscribe(cSeq: 2, toTag: record.key.localTag, lines: lines)
        let actions = world.refresh(refresh, answer: Self.list)
        #expect(actions.status == 200)
        #expect(actions.notifies.first?.request.text(.event) == "dialog")
        #expect(actions.subscribes.map { $0.request.text(.event) } == ["dialog", "dialog"])
        #expect(actions.subscribes.first?.request.text(.accept) == "application/dialog-info+xml")
    }

    @Test func aRecordThatComesTwiceIsOneDialog() throws {
        let record = try Self.record()
        let world = Self.world(.dialog(record), .dialog(record))
        #expect(world.engine.statistics.listDialogs == 1 && world.engine.statistics.dormantDialogs == 1)
    }

    @Test("R4662-46, R4662-76: after a clean stop each state is shown as it was")
    func statesAreShownAsTheyWere() throws {
        var record = try Self.record()
        record.isClean = true
        var world = Self.world(
            .dialog(record),
            Self.state(of: EngineWorld.bob, in: record, .pending, body: "<bob/>"),
            Self.state(of: EngineWorld.claire, in: record, .terminated, reason: "giveup")
        )
        let actions = world.refresh(world.makeSubscribe(cSeq: 2, toTag: record.key.localTag), answer: Self.list)
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.shown(EngineWorld.bob) == "pending:<bob/>")
        #expect(notify.shown(EngineWorld.claire) == "terminated/giveup")
        // Nothing of those that are in the list is deleted.
        let changes = world.engine.takeChanges(includingStates: true, now: world.now, limit: 100)
        #expect(!changes.contains { if case .deleteState = $0 { true } else { false } })
        // And nothing is left of them when the watcher goes.
        _ = try world.answer(actions.notifies.at(0))
        for subscribe in actions.subscribes {
            _ = world.answer(subscribe, 404)
        }
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 3, toTag: record.key.localTag))
        for notify in end.notifies { _ = world.answer(notify) }
        #expect(world.drained() == RLSStatistics())
    }

    @Test func aListThatContainsItselfIsNotShownWithAnOldState() throws {  // S-LOOP
        var record = try Self.record()
        record.isClean = true
        let own = "sip:alice-list@example.org"
        var world = Self.world(.dialog(record), Self.state(of: own, in: record, .active, body: "<old/>"))
        let actions = world.refresh(
            world.makeSubscribe(cSeq: 2, toTag: record.key.localTag),
            answer: .list(EngineWorld.service, EngineWorld.list(own))
        )
        #expect(try ListNotify(try #require(actions.notifies.first)).shown(own) == "terminated/noresource")
    }

    // MARK: Waking

    private static func ticket(_ world: inout EngineWorld) throws -> RLSDialogTicket {
        try #require(world.engine.dormantDialogs(limit: 10, now: world.now).first)
    }

    @Test("R6665-29, R5875-11: who may not see the list any more, or whose list is gone, is told so")
    func whatIsOverIsTold() throws {
        for (verdict, answer, reason) in [
            (.deny, .notAsked, "rejected"), (.allow, .gone, "noresource"),
        ] as [(RLSAuthorization, RLSListAnswer, String)] {
            var world = Self.world(.dialog(try Self.record()))
            let ticket = try Self.ticket(&world)
            let actions = world.finish(
                world.engine.prepareRecheck(ticket, verdict: verdict, answer: answer, now: world.now)
            )
            let notify = try ListNotify(try #require(actions.notifies.first))
            #expect(notify.state == "terminated;reason=\(reason)")
            #expect(!notify.isFull && notify.resources.isEmpty)
            _ = try world.answer(actions.notifies.at(0))
            #expect(world.drained() == RLSStatistics())
        }
    }

    @Test("R4662-31: who waits for permission is woken without members", arguments: [RLSAuthorization.pending, .hide])
    func withoutPermissionNothingIsShown(verdict: RLSAuthorization) throws {
        var world = Self.world(.dialog(try Self.record()))
        let ticket = try Self.ticket(&world)
        // The shell asks for no list then; the engine does not rely on it.
        let preparation = world.engine.prepareRecheck(ticket, verdict: verdict, answer: Self.list, now: world.now)
        guard case .commit(let commit, let changes) = preparation,
            case .putDialog(let record, known: true)? = changes.first
        else {
            Issue.record("no record: \(preparation)")
            return
        }
        #expect(record.status == (verdict == .pending ? .pending : .active))
        let actions = world.engine.confirm(commit, now: world.now)
        #expect(actions.subscribes.isEmpty)
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.isFull && notify.resources.isEmpty)
        #expect(notify.state.hasPrefix(verdict == .pending ? "pending;" : "active;"))
    }

    @Test func oneThatIsBeingRefreshedIsNotWokenBesides() throws {
        let stored = try Self.record()
        var world = Self.world(.dialog(stored))
        let subscribe = world.read(world.makeSubscribe(cSeq: 2, toTag: stored.key.localTag))
        guard case .proceed(let ticket) = world.engine.beginRefresh(subscribe, now: world.now) else {
            Issue.record("the refresh does not proceed")
            return
        }
        #expect(world.engine.dormantDialogs(limit: 10, now: world.now).isEmpty)
        #expect(world.engine.release(ticket, subscribe, status: 503, now: world.now).status == 503)
        #expect(world.engine.dormantDialogs(limit: 10, now: world.now).count == 1)
    }

    @Test func noneIsWokenWhileTheServerStops() throws {
        var world = Self.world(.dialog(try Self.record()))
        _ = world.engine.beginDrain(.keepDialogs, now: world.now)
        #expect(world.engine.dormantDialogs(limit: 10, now: world.now).isEmpty)
    }

    @Test func aResolverSaysWhenToAskAgain() throws {  // R4826-46
        var world = Self.world(.dialog(try Self.record()))
        let ticket = try Self.ticket(&world)
        let failed = RLSListAnswer.failed(retryAfter: .seconds(77))
        #expect(
            world.finish(world.engine.prepareRecheck(ticket, verdict: .allow, answer: failed, now: world.now)).isEmpty
        )
        _ = world.advance(.milliseconds(76_999))
        #expect(world.engine.dormantDialogs(limit: 10, now: world.now).isEmpty)
        _ = world.advance(.milliseconds(1))
        #expect(world.engine.dormantDialogs(limit: 10, now: world.now).count == 1)
    }

    @Test func aWakeUpThatTheStoreDidNotTakeIsTriedAgain() throws {  // S-STATE
        var world = Self.world(.dialog(try Self.record()))
        let ticket = try Self.ticket(&world)
        let preparation = world.engine.prepareRecheck(ticket, verdict: .allow, answer: Self.list, now: world.now)
        guard case .commit(let commit, _) = preparation else {
            Issue.record("nothing to commit: \(preparation)")
            return
        }
        // Nothing is numbered before its ceiling is stored.
        #expect(world.engine.abort(commit, status: 503, now: world.now).isEmpty)
        #expect(world.engine.statistics.dormantDialogs == 1)
        #expect(world.advance(.milliseconds(9_999)).isEmpty)
        #expect(world.engine.dormantDialogs(limit: 10, now: world.now).isEmpty)
        _ = world.advance(.milliseconds(1))
        #expect(world.engine.dormantDialogs(limit: 10, now: world.now).count == 1)
    }
}
