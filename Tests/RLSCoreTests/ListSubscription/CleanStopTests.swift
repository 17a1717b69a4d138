// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// What a clean stop may say of a dialog: that its stored states are what the watcher saw (S-STATE).
@Suite struct CleanStopTests {
    /// The records of list dialogs that a clean stop writes.
    private static func stop(_ world: inout EngineWorld) -> [RLSStoredDialog] {
        _ = world.engine.beginDrain(.keepDialogs, now: world.now)
        return world.engine.takeChanges(includingStates: false, now: world.now, limit: .max).compactMap { change in
            guard case .putDialog(let record, known: true) = change else { return nil }
            return record
        }
    }

    enum Notify: CaseIterable {
        case answered, underWay, refused, timedOut
    }

    @Test(arguments: Notify.allCases) func onlyWhatTheWatcherHasTakenIsClean(notify: Notify) throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<new/>"))
        let last = try #require(world.advance(.seconds(6)).notifies.first)
        switch notify {
        case .answered: _ = world.answer(last)
        case .underWay: break
        case .refused: _ = world.answer(last, 500)
        case .timedOut: _ = world.engine.outcome(.timeout(lastCSeq: 3), for: last.transaction, now: world.now)
        }
        #expect(Self.stop(&world).map { $0.isClean } == [notify == .answered])
    }

    @Test func aDialogThatWaitsForTheStoreIsLeftAsItIsThere() throws {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        let prepared = try world.prepareRefresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        #expect(prepared.changes.count == 1)
        #expect(Self.stop(&world).isEmpty)
    }

    @Test func aDialogThatWasNotWokenIsLeftAsItIsThere() throws {
        var world = RestoredDialogTests.world(.dialog(try RestoredDialogTests.record()))
        #expect(Self.stop(&world).isEmpty)
    }
}
