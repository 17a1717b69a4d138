// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

@Suite struct UnchangedStateTests {
    @Test func anActiveSubscriptionWithoutDocumentIsNoNews() throws {  // R4662-79
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe())
        _ = try world.answer(first.notifies.at(0))
        for subscribe in first.subscribes {
            _ = world.answer(subscribe, lines: [(.expires, "600")])
            let actions = world.notify(EngineWorld.makeNotify(to: subscribe.request))
            #expect(actions.status == 200)
            #expect(actions.notifies.isEmpty)
        }
        #expect(world.advance(.seconds(10)).notifies.isEmpty)
    }

    @Test func theSameDocumentAgainIsNoNews() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.waitnTime = .zero })
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list("sip:bob@example.org"))
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        _ = world.answer(subscribe, lines: [(.expires, "600")])
        var notifies = 0
        for cSeq in 1...3 as ClosedRange<UInt32> {
            let actions = world.notify(EngineWorld.makeNotify(to: subscribe.request, cSeq: cSeq, body: "<open/>"))
            for notify in actions.notifies {
                notifies += 1
                _ = world.answer(notify)
            }
        }
        notifies += world.advance(.seconds(10), answering: true).notifies.count
        #expect(notifies == 1)
    }
}
