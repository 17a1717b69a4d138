// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// What goes to the store, and an orderly end.
@Suite struct RecordTests {
    private static func changes(_ world: inout EngineWorld) -> [RLSRecordChange] {
        world.engine.takeChanges(includingStates: true, now: world.now, limit: 1_000)
    }

    @Test func theFirstRecordHoldsAllThatARestartNeeds() throws {
        var world = EngineWorld(isPersistent: true)
        let prepared = try world.prepare(
            world.makeSubscribe(lines: ["Event: presence;x=1;id=7", "Record-Route: <sip:p1;lr>, <sip:p2;lr>"])
        )
        guard case .putDialog(let record, known: false) = prepared.changes.first else {
            Issue.record("no record")
            return
        }
        #expect(record.key.callID == "call-1" && record.key.watcherTag == "phone")
        #expect(record.presentityURI == "sip:alice-list@example.org")
        #expect(record.from == "sip:alice@example.org" && record.to == "sip:alice-list@example.org")
        #expect(record.event == "presence" && record.eventID == "7" && record.eventParameters == ";x=1")
        #expect(record.routeSet == ["<sip:p1;lr>", "<sip:p2;lr>"])
        #expect(record.contact == "sip:alice@192.0.2.10:5062")
        #expect(record.expires == 1_700_000_600)
        #expect(record.localCSeq == 256 && record.version == 256)
        #expect(record.remoteCSeq == 1)
        #expect(record.path == world.path)
        #expect(!record.isClean)
        // Nothing without a store.
        var other = EngineWorld()
        #expect(try other.prepare(other.makeSubscribe()).changes.isEmpty)
    }

    @Test func ceilingsRiseBeforeTheyAreReached() throws {  // S-STATE
        var world = EngineWorld(EngineWorld.configuration { $0.waitnTime = .zero }, isPersistent: true)
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob))
        _ = Self.changes(&world)
        var ceiling: UInt32 = 256
        var writes = 0
        for cSeq in 2...600 as ClosedRange<UInt32> {
            let notify = try EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: cSeq, body: "<\(cSeq)/>")
            let outbound = try #require((world.notify(notify) + world.advance(.milliseconds(20))).notifies.first)
            let sent = try ListNotify(outbound)
            #expect(sent.cSeq <= ceiling && sent.version < ceiling)
            _ = world.answer(outbound)
            for case .putDialog(let record, known: let known) in Self.changes(&world) {
                #expect(known)
                #expect(record.localCSeq > sent.cSeq && record.version > sent.version)
                ceiling = min(record.localCSeq, record.version)
                writes += 1
            }
        }
        #expect(writes > 2 && writes <= 10)
    }

    @Test func aStateIsWrittenAsItIsThen() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        let first = Self.changes(&world)
        #expect(first.count == 2)
        for change in first {
            guard case .putState(let record, known: false) = change else {
                Issue.record("\(change)")
                return
            }
            #expect(record.contentType == "application/pidf+xml")
            #expect(record.state == .active)
            // The end of its dialog.
            #expect(record.expires == 1_700_000_600)
        }
        for cSeq in 2...5 as ClosedRange<UInt32> {
            _ = try world.notify(
                EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: cSeq, body: "<\(cSeq)/>")
            )
        }
        #expect(world.engine.hasUrgentChanges == false)
        #expect(world.engine.takeChanges(includingStates: false, now: world.now, limit: 10).isEmpty)
        guard case .putState(let record, known: true)? = Self.changes(&world).first else {
            Issue.record("not known")
            return
        }
        #expect(record.body == Array("<5/>".utf8))
        // A terminated one is written soon.
        let end = try EngineWorld.makeNotify(
            to: list.backends.at(0).request,
            cSeq: 9,
            state: "terminated;reason=rejected"
        )
        _ = world.notify(end)
        #expect(world.engine.hasUrgentChanges == true)
        guard
            case .putState(let last, known: true)? = world.engine.takeChanges(
                includingStates: false,
                now: world.now,
                limit: 10
            ).first
        else {
            Issue.record("not written")
            return
        }
        #expect(last.state == .terminated && last.reason == "rejected" && last.body.isEmpty)
    }

    @Test func aRemovedMemberIsDeleted() {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        _ = Self.changes(&world)
        _ = world.change(to: EngineWorld.list(EngineWorld.claire))
        let changes = Self.changes(&world)
        #expect(changes.count == 1)
        #expect(changes.first?.dialog.localTag == list.tag)
        guard case .deleteState(_, resourceURI: EngineWorld.bob)? = changes.first else {
            Issue.record("\(changes)")
            return
        }
    }

    @Test func anEndedDialogIsDeletedOnceAndWritesNoMore() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        _ = Self.changes(&world)
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<new/>"))
        _ = world.recheck(answer: .gone)
        let changes = Self.changes(&world)
        #expect(changes.map { if case .deleteDialog = $0 { "delete" } else { "put" } } == ["delete"])
        #expect(Self.changes(&world).isEmpty)
    }

    @Test func aRefreshWritesTheNewEnd() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        _ = world.advance(.seconds(100), answering: true)
        let lines = ["Contact: <sip:alice@192.0.2.77>", "Accept: a/b, multipart/related"]
        let prepared = try world.prepareRefresh(
            world.makeSubscribe(expires: 900, cSeq: 5, toTag: list.tag, lines: lines)
        )
        guard case .putDialog(let record, known: true)? = prepared.changes.first else {
            Issue.record("no record")
            return
        }
        #expect(record.contact == "sip:alice@192.0.2.77")
        #expect(record.remoteCSeq == 5)
        #expect(record.expires == 1_700_000_900)
        #expect(record.accept == "a/b, multipart/related")
    }

    // MARK: Drain

    @Test func anOrderlyEndTellsEverybody() throws {  // R6665-41, A11
        var world = EngineWorld(isPersistent: true)
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        let actions = world.engine.beginDrain(.endDialogs, now: world.now)
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.state == "terminated;reason=deactivated")
        #expect(notify.isFull && notify.shown(EngineWorld.bob) == "active:<bob/>")
        #expect(actions.subscribes.map { $0.request.text(.expires) } == ["0", "0"])
        #expect(world.engine.isDrained == false)
        #expect(world.subscribe(world.makeSubscribe(callID: "new")).status == 503)
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag)).status == 481)
        _ = try world.answer(actions.notifies.at(0))
        for subscribe in actions.subscribes { _ = world.answer(subscribe, 481) }
        #expect(world.engine.isDrained == true)
        #expect(world.engine.beginDrain(.keepDialogs, now: world.now).isEmpty, "once is enough")
    }

    @Test func aStopThatKeepsDialogsTellsNobody() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        let actions = world.engine.beginDrain(.keepDialogs, now: world.now)
        #expect(actions.notifies.isEmpty)
        #expect(actions.subscribes.map { $0.request.text(.expires) } == ["0", "0"])
        let records = world.engine.takeChanges(includingStates: false, now: world.now, limit: .max)
        #expect(world.engine.takeChanges(includingStates: false, now: world.now, limit: .max).isEmpty)
        let dialogs = records.compactMap { change -> RLSStoredDialog? in
            guard case .putDialog(let record, known: true) = change else { return nil }
            return record
        }
        #expect(dialogs.map { $0.key.localTag } == [list.tag])
        #expect(dialogs.map { $0.localCSeq } == [2] && dialogs.map { $0.version } == [2])
        #expect(dialogs.map { $0.isClean } == [true])
        for subscribe in actions.subscribes { _ = world.answer(subscribe, 481) }
        #expect(world.engine.isDrained == true)
        #expect(world.advance(.seconds(700)).isEmpty)
    }

    @Test func whatTheWatcherHasNotSeenIsNotClean() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<new/>"))
        _ = world.engine.beginDrain(.keepDialogs, now: world.now)
        for case .putDialog(let record, known: _) in world.engine.takeChanges(
            includingStates: false,
            now: world.now,
            limit: .max
        ) {
            #expect(!record.isClean)
        }
    }
}
