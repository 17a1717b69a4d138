// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// Numbers that run out end the subscription in order, before they wrap.
@Suite struct NumberLimitTests {
    @Test func numbersNearTheirEndEndTheSubscription() throws {  // R4662-06, R4662-66, R3261-03
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        let backend = try first.subscribes.at(0)
        _ = world.answer(backend, lines: [(.expires, "600")])
        // The proxy has raised the number while it answered challenges; this one is out of its mind.
        let notify = try first.notifies.at(0)
        var response = SIPResponse(to: notify.request, 200)
        response.headers.replace(.cSeq, with: "2147483647 NOTIFY")
        var actions = world.engine.outcome(.response(response), for: notify.transaction, now: world.now)
        actions += world.notify(EngineWorld.makeNotify(to: backend.request, body: "<p/>"))
        let last = try ListNotify(actions.notifies.at(0))
        #expect(last.state == "terminated;reason=deactivated")
        #expect(last.shown(EngineWorld.bob) == "active:<p/>")
        #expect(last.cSeq < 1 << 31)
        #expect(last.isFull)
    }
}
