// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// The end of a subscription in the store, which counts whole seconds (R6665-55, S-STATE).
@Suite struct StoredEndTests {
    private static let list = RLSListAnswer.list(
        EngineWorld.service,
        EngineWorld.list(EngineWorld.bob, EngineWorld.claire)
    )

    /// A server started on this record, which its wake-up writes anew.
    ///
    /// - Parameter milliseconds: how much later than in the other runs, by the monotonic clock.
    private static func restart(
        _ record: inout RLSStoredDialog,
        epochSeconds: Int64,
        milliseconds: Int = 0
    ) throws -> EngineWorld {
        var world = EngineWorld(isPersistent: true)
        world.now = world.now.advanced(by: .milliseconds(milliseconds))
        world.engine.epochSeconds = epochSeconds
        world.engine.restore(.dialog(record), now: world.now)
        world.engine.finishRestoring()
        let ticket = try #require(world.engine.dormantDialogs(limit: 1, now: world.now).first)
        let preparation = world.engine.prepareRecheck(ticket, verdict: .allow, answer: Self.list, now: world.now)
        guard case .commit(let commit, let changes) = preparation,
            case .putDialog(let woken, known: true) = changes.first
        else { throw ListNotify.Failure(description: "no record: \(preparation)") }
        _ = world.engine.confirm(commit, now: world.now)
        record = woken
        return world
    }

    private static func first() throws -> RLSStoredDialog {
        var world = EngineWorld(isPersistent: true)
        guard case .putDialog(let record, known: false) = try world.prepare(world.makeSubscribe()).changes.first else {
            throw ListNotify.Failure(description: "no record")
        }
        return record
    }

    @Test("R6665-55: restarts do not make a subscription shorter and shorter")
    func theEndStaysWhereItWas() throws {
        var record = try Self.first()
        #expect(record.expires == 1_700_000_600)
        for restart in 1...40 {
            _ = try Self.restart(
                &record,
                epochSeconds: 1_700_000_000 + Int64(restart) * 10,
                milliseconds: restart * 137 % 1000
            )
            #expect(record.expires == 1_700_000_600, "restart \(restart)")
        }
    }

    @Test("R6665-31: after a restart it is over in the last three seconds of the grant, however often that was")
    func itIsOverInTime() throws {
        var record = try Self.first()
        for restart in 1...20 {
            _ = try Self.restart(&record, epochSeconds: 1_700_000_000, milliseconds: restart)
        }
        var world = try Self.restart(&record, epochSeconds: 1_700_000_590, milliseconds: 999)
        let early = world.advance(.seconds(7), answering: true)
        #expect(!early.notifies.contains { $0.request.text(.subscriptionState)?.hasPrefix("terminated") == true })
        let late = world.advance(.seconds(3), answering: true)
        #expect(late.notifies.last?.request.text(.subscriptionState) == "terminated;reason=timeout")
    }

    @Test("a step of the wall clock moves the end in the store, not the subscription's")
    func aStepOfTheWallClockIsFollowed() throws {
        var record = try Self.first()
        var world = try Self.restart(&record, epochSeconds: 1_700_000_100)
        #expect(record.expires == 1_700_000_600)
        world.engine.epochSeconds += 3600
        #expect(Self.ends(&world) == [1_700_004_199])
    }

    @Test("a refresh begins anew")
    func aRefreshIsRoundedAnew() throws {
        var record = try Self.first()
        var world = try Self.restart(&record, epochSeconds: 1_700_000_100)
        let refresh = world.makeSubscribe(expires: 502, cSeq: 2, toTag: record.key.localTag)
        #expect(world.refresh(refresh, answer: .unchanged).status == 200)
        #expect(Self.ends(&world) == [1_700_000_602])
    }

    /// What a clean stop writes.
    private static func ends(_ world: inout EngineWorld) -> [Int64] {
        _ = world.engine.beginDrain(.keepDialogs, now: world.now)
        return world.engine.takeChanges(includingStates: false, now: world.now, limit: .max).compactMap { change in
            guard case .putDialog(let record, known: _) = change else { return nil }
            return record.expires
        }
    }
}
