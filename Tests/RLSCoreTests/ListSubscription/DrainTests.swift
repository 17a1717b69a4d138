// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

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
}
