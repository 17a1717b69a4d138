// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

@testable import RLSCore

@Suite struct DrainTests {
    private static let lists = 300

    /// No call is longer than the work of 2,000 rows: who holds a lock meanwhile is not held up (A11).
    @Test func anOrderlyEndOfManyDialogsIsDoneInSteps() {
        var world = EngineWorld(EngineWorld.configuration { $0.maxListsPerWatcher = Self.lists })
        var notifies: [RLSOutboundRequest] = []
        for number in 0..<Self.lists {
            let actions = world.subscribe(world.makeSubscribe(callID: "call-\(number)"))
            _ = world.serve(actions, &notifies)
        }
        var steps = [world.engine.beginDrain(.endDialogs, now: world.now)]
        while world.engine.nextDeadline.map({ $0 <= world.now }) == true, steps.count < 100 {
            #expect(world.engine.isDrained == false)
            steps.append(world.engine.handleTimeout(now: world.now))
        }
        let ended = steps.map { $0.notifies.count }
        // A dialog with two entries counts as 22 rows.
        #expect(ended.max() == 91)
        #expect(ended.reduce(0, +) == Self.lists)
        #expect(
            steps.flatMap { $0.notifies }.allSatisfy {
                $0.request.text(.subscriptionState) == "terminated;reason=deactivated"
            }
        )
    }

    /// The same for a stop that keeps dialogs: their records are made in steps, states before the record of their dialog (A11).
    @Test func aStopThatKeepsManyDialogsIsDoneInSteps() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.maxListsPerWatcher = Self.lists }, isPersistent: true)
        var last: RLSOutboundRequest?
        var notifies: [RLSOutboundRequest] = []
        for number in 0..<Self.lists {
            let actions = world.subscribe(world.makeSubscribe(callID: "call-\(number)"))
            last = world.serve(actions + world.advance(.milliseconds(20)), &notifies).last
        }
        var steps: [[RLSRecordChange]] = []
        _ = world.engine.beginDrain(.keepDialogs, now: world.now)
        steps.append(world.engine.takeChanges(includingStates: false, now: world.now, limit: .max))
        // The last dialog has not been left yet: what its watcher has not been told is stored, and is not called seen.
        let news = EngineWorld.makeNotify(to: try #require(last).request, cSeq: 2, body: "<news/>")
        #expect(world.notify(news).status == 200)
        while world.engine.nextDeadline.map({ $0 <= world.now }) == true, steps.count < 100 {
            #expect(world.engine.isDrained == false)
            _ = world.engine.handleTimeout(now: world.now)
            steps.append(world.engine.takeChanges(includingStates: false, now: world.now, limit: .max))
        }
        let records = steps.map { $0.compactMap(\.cleanDialog) }
        #expect(records.map(\.count).max() == 91)
        #expect(Set(records.joined().map(\.key)).count == Self.lists)
        #expect(records.joined().map(\.isClean) == [Bool](repeating: true, count: Self.lists - 1) + [false])
        var stored: Set<RLSDialogKey> = []
        for case .putState(let state, known: _) in steps.joined() where state.body == Array("<news/>".utf8) {
            stored.insert(state.dialog)
        }
        #expect(stored == [try #require(records.joined().last).key])
        for step in steps {
            var ended: Set<RLSDialogKey> = []
            for change in step {
                #expect(!ended.contains(change.dialog), "nothing follows the record of its dialog")
                if case .putDialog = change { ended.insert(change.dialog) }
            }
        }
    }

    /// Records are made only as fast as the store takes them.
    @Test func aStopThatKeepsDialogsWaitsForTheStore() {
        var world = EngineWorld(isPersistent: true)
        let list = world.stand()
        let other = RLSDialogKey(callID: "another", watcherTag: "a", localTag: "b")
        for _ in 0..<DialogSweep.mostChanges {
            world.engine.saving.clean.append(.deleteDialog(other))
        }
        #expect(world.engine.beginDrain(.keepDialogs, now: world.now).isEmpty)
        #expect(world.engine.handleTimeout(now: world.now).isEmpty)
        #expect(world.engine.nextDeadline.map { $0 > world.now } == true)
        #expect(world.engine.isDrained == false)
        _ = world.engine.takeChanges(includingStates: false, now: world.now, limit: 512)
        #expect(world.engine.nextDeadline.map { $0 <= world.now } == true)
        #expect(world.engine.handleTimeout(now: world.now).subscribes.map { $0.request.text(.expires) } == ["0", "0"])
        let rest = world.engine.takeChanges(includingStates: false, now: world.now, limit: .max)
        #expect(rest.compactMap(\.cleanDialog).map(\.key.localTag) == [list.tag])
    }

    /// Presence servers are not flooded by a restart.
    @Test func aStopThatKeepsDialogsUnsubscribesAtThePacedRate() {
        let (lists, rate, burst) = (100, 500, 50)
        var world = EngineWorld(
            EngineWorld.configuration {
                $0.maxListsPerWatcher = lists
                $0.backendRate = rate
                $0.backendBurst = burst
            },
            isPersistent: true
        )
        var notifies: [RLSOutboundRequest] = []
        var standing = 0
        for number in 0..<lists {
            let actions = world.subscribe(world.makeSubscribe(callID: "call-\(number)"))
            standing += world.serve(actions + world.advance(.milliseconds(20)), &notifies).count
        }
        #expect(standing == 2 * lists)
        let begun = world.now
        var waiting = world.engine.beginDrain(.keepDialogs, now: begun).subscribes
        var ended: [RLSOutboundRequest] = []
        var elapsed = 0.0
        while !waiting.isEmpty || world.engine.isDrained == false, elapsed < 10 {
            ended += waiting
            elapsed = Double(world.now.nanoseconds - begun.nanoseconds) / 1e9
            guard Double(ended.count) <= Double(burst) + elapsed * Double(rate) else { break }
            waiting = waiting.flatMap { world.answer($0, 481).subscribes }
            guard waiting.isEmpty, world.engine.isDrained == false else { continue }
            waiting = world.advance(.milliseconds(1)).subscribes
        }
        #expect(ended.count == 2 * lists, "after \(elapsed) s; fewer: the rate was exceeded")
        #expect(ended.allSatisfy { $0.request.text(.expires) == "0" })
    }

    @Test func whatWasAdmittedBeforeTheEndAndStoredDuringItIsToldAfterItsAnswer() throws {
        var world = EngineWorld()
        let first = try world.prepare(world.makeSubscribe())
        _ = world.engine.beginDrain(.endDialogs, now: world.now)
        // It had passed all checks when the end began, and its list comes now.
        let second = try world.prepare(world.makeSubscribe(callID: "call-2"))
        for ticket in [first.ticket, second.ticket] {
            let actions = world.engine.confirm(ticket, now: world.now)
            #expect(actions.status == 200)
            let last = world.answer(try #require(actions.notifies.first))
            #expect(try ListNotify(try #require(last.notifies.first)).state == "terminated;reason=deactivated")
        }
    }

    @Test func dialogsThatWereNotWokenAreToldBeforeTheEnd() throws {  // R6665-41, A11
        let record = try RestoredDialogTests.record()
        var world = EngineWorld(isPersistent: true)
        for number in 0..<150 {
            var other = record
            other.key.callID = "call-\(number)"
            world.engine.restore(.dialog(other), now: world.now)
        }
        world.engine.finishRestoring()
        var told = 0
        var actions = world.engine.beginDrain(.endDialogs, now: world.now)
        while !actions.notifies.isEmpty, told < 1_000 {
            told += actions.notifies.count
            for notify in actions.notifies { _ = world.answer(notify) }
            #expect((world.engine.isDrained == true) == (told == 150))
            actions = world.engine.handleTimeout(now: world.now)
        }
        #expect(told == 150)
    }
}

extension RLSRecordChange {
    fileprivate var cleanDialog: RLSStoredDialog? {
        if case .putDialog(let record, known: true) = self { record } else { nil }
    }
}
