// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct ServingTests {
    @Test("untilServing() waits for the store, and then SUBSCRIBEs are served")
    func waitsForTheStore() async throws {
        let store = InMemoryStore()
        store.loadBehaviour = .fails(.init())
        let world = ServerHarness(store: store)
        let isServing = Locked(false)
        let run = world.launch()
        let waiting = Task {
            let result = await world.server.untilServing()
            isServing.withLock { $0 = true }
            return result
        }
        await eventually { world.observer.events(.storeLost).count == 1 }
        #expect(!isServing.withLock { $0 })
        #expect(await world.subscribe().status == 503)
        store.loadBehaviour = .works
        await world.time.advance(by: .seconds(1))
        #expect(await waiting.value)
        #expect(await world.subscribe().status == 200)
        run.cancel()
        _ = await run.result
        #expect(await world.server.untilServing() == false)
    }

    @Test("untilServing() ends when its task does, and when the server does")
    func ends() async throws {
        let store = InMemoryStore()
        store.loadBehaviour = .stalls(heedsCancellation: true)
        let world = ServerHarness(store: store)
        let waiting = Task { await world.server.untilServing() }
        await settle()
        waiting.cancel()
        #expect(await waiting.value == false)
        let other = Task { await world.server.untilServing() }
        let run = world.launch()
        await eventually { world.server.lifecycle.phase == .loading }
        world.server.beginShutdown(.keepDialogs)
        try await run.value
        #expect(await other.value == false)
    }
}
