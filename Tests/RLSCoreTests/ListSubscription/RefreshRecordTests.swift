// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// What a refresh takes over into the dialog, and what goes to the store with it.
@Suite struct RefreshRecordTests {
    private static let list = RLSListAnswer.list(
        EngineWorld.service,
        EngineWorld.list(EngineWorld.bob, EngineWorld.claire)
    )

    private static func record(_ changes: [RLSRecordChange]) throws -> RLSStoredDialog {
        guard changes.count == 1, case .putDialog(let record, known: true)? = changes.first else {
            throw ListNotify.Failure(description: "not one known record: \(changes)")
        }
        return record
    }

    @Test(
        "MORE-03, MORE-13: the types of the last SUBSCRIBE that names any are asked for",
        arguments: [
            ([], "application/pidf+xml, a/b"), (["Accept: c/d, multipart/related"], "application/pidf+xml, c/d"),
            (["Accept: application/rlmi+xml"], "application/pidf+xml"),
        ] as [([String], String)]
    )
    func acceptOfARefresh(lines: [String], expected: String) throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand(
            world.makeSubscribe(lines: ["Accept: a/b, multipart/related"]),
            list: EngineWorld.list(EngineWorld.bob)
        )
        let refresh = world.makeSubscribe(cSeq: 2, toTag: list.tag, lines: lines.isEmpty ? ["Accept: -"] : lines)
        let prepared = try world.prepareRefresh(refresh)
        let accepted = lines.first.map { String($0.dropFirst("Accept: ".count)) } ?? "a/b, multipart/related"
        #expect(try Self.record(prepared.changes).accept == accepted)
        for notify in world.engine.confirm(prepared.ticket, now: world.now).notifies { _ = world.answer(notify) }
        #expect(try world.backendRefresh().request.text(.accept) == expected)
    }

    @Test("R4662-31: the record says whether the watcher waits for permission", arguments: [true, false])
    func theVerdictIsStored(isPending: Bool) throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        let verdict = isPending ? RLSAuthorization.pending : .allow
        let prepared = try world.prepareRefresh(world.makeSubscribe(cSeq: 2, toTag: list.tag), verdict: verdict)
        #expect(try Self.record(prepared.changes).status == (isPending ? .pending : .active))
    }

    @Test("R4662-31: a verdict that changed without a SUBSCRIBE is stored behind")
    func aVerdictThatChangesIsStored() throws {
        var world = EngineWorld(isPersistent: true)
        _ = world.stand()
        _ = world.engine.takeChanges(includingStates: true, now: world.now, limit: 100)
        for (verdict, status) in [(.pending, .pending), (.allow, .active)]
            as [(RLSAuthorization, RLSStoredDialog.Status)]
        {
            _ = world.recheck(verdict: verdict, answer: Self.list)
            let changes = world.engine.takeChanges(includingStates: false, now: world.now, limit: 100)
            let stored = changes.compactMap { change -> RLSStoredDialog.Status? in
                guard case .putDialog(let record, known: true) = change else { return nil }
                return record.status
            }
            #expect(stored == [status])
        }
        _ = world.recheck(verdict: .allow, answer: Self.list)
        #expect(world.engine.takeChanges(includingStates: false, now: world.now, limit: 100).isEmpty, "no news")
    }

    @Test("R6665-01: the way to the watcher is stored with its Contact")
    func theNewPathIsStored() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        var path = world.path
        path.flow = 8
        path.remote.port = 5099
        let subscribe = RLSSubscribe(
            world.makeSubscribe(cSeq: 2, toTag: list.tag),
            via: path,
            watcher: nil,
            configuration: world.configuration
        )
        guard case .proceed(let ticket) = world.engine.beginRefresh(subscribe, now: world.now),
            case .commit(let commit, let changes) = world.engine.prepareRefresh(
                ticket,
                subscribe,
                verdict: .allow,
                answer: .unchanged,
                now: world.now
            )
        else {
            Issue.record("the refresh is not prepared")
            return
        }
        let record = try Self.record(changes)
        #expect(record.path == path && record.contact == "sip:alice@192.0.2.10:5062")
        #expect(world.engine.confirm(commit, now: world.now).status == 200)
        // A clean stop writes the dialog as it is now.
        _ = world.engine.beginDrain(.keepDialogs, now: world.now)
        let clean = world.engine.takeChanges(includingStates: false, now: world.now, limit: .max).compactMap {
            change -> SIPPath? in
            guard case .putDialog(let record, known: _) = change else { return nil }
            return record.path
        }
        #expect(clean == [path])
    }

    @Test("S-STATE: the numbers after a restart lie under what the refresh that wakes it has stored")
    func theCeilingsOfAWakingRefreshAreStored() throws {
        var first = EngineWorld(isPersistent: true)
        guard case .putDialog(let stored, known: false)? = try first.prepare(first.makeSubscribe()).changes.first
        else {
            Issue.record("no record")
            return
        }
        var world = EngineWorld(isPersistent: true)
        world.engine.restore(.dialog(stored), now: world.now)
        world.engine.finishRestoring()
        let refresh = world.makeSubscribe(cSeq: 2, toTag: stored.key.localTag)
        let prepared = try world.prepareRefresh(refresh, answer: Self.list)
        let record = try Self.record(prepared.changes)
        let actions = world.engine.confirm(prepared.ticket, now: world.now)
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.cSeq > stored.localCSeq && notify.cSeq <= record.localCSeq)
        #expect(notify.version >= stored.version && notify.version < record.version)
    }
}
