// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct RejectedStateTests {
    @Test("R6665-73: when the store refuses a state, the one before it does not stay there")
    func theOneBeforeGoes() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let actions = await world.subscribe()
            world.answer(actions.requests)
            let backend = try #require(actions.subscribes.first)
            func deliver(_ number: UInt32) async {
                world.deliver(
                    ServerHarness.makeNotify(to: backend.request, cSeq: number, body: "<presence n='\(number)'/>")
                )
                await world.time.advance(by: .seconds(6))
            }
            await deliver(1)
            await eventually { store.states.map(\.body) == [Array("<presence n='1'/>".utf8)] }
            store.reject { change in
                if case .putState = change { "content_type: too long" } else { nil }
            }
            await deliver(2)
            await eventually { store.states.isEmpty }
            #expect(world.observer.events(.recordRejected).count == 1)
            store.reject(nil)
            await deliver(3)
            await eventually { store.states.map(\.body) == [Array("<presence n='3'/>".utf8)] }
            #expect(store.violations.isEmpty)
        }
    }
}
