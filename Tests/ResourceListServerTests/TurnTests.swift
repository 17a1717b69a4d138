// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct TurnTests {
    @Test("While a SUBSCRIBE is handled the next one in its dialog waits, and a third gets 500 with Retry-After")
    func oneWaits() async throws {
        let world = ServerHarness()
        try await world.running {
            let tag = await world.subscribe().toTag
            world.authorizer.behaviour = .stalls(heedsCancellation: true)
            async let second = world.subscribe(cSeq: 2, toTag: tag)
            await world.authorizer.untilAsked(2)
            async let third = world.subscribe(cSeq: 3, toTag: tag)
            await eventually { world.server.shards.waiterCount == 1 }
            let fourth = await world.subscribe(cSeq: 4, toTag: tag)
            #expect(fourth.status == 500)
            #expect(fourth.retryAfter == "1")
            #expect(world.authorizer.asked.count == 2)
            world.authorizer.behaviour = .works
            #expect(await second.status == 200)
            #expect(await third.status == 200)
            #expect(world.authorizer.asked.count == 3)
            #expect(world.server.shards.waiterCount == 0)
        }
    }

    @Test("A SUBSCRIBE that waited for the end of its dialog gets 481")
    func waitedForTheEnd() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let tag = await world.subscribe().toTag
            store.commitBehaviour = .stalls(heedsCancellation: true)
            async let end = world.subscribe(expires: 0, cSeq: 2, toTag: tag)
            await store.untilAttempts(2)
            async let late = world.subscribe(cSeq: 3, toTag: tag)
            await eventually { world.server.shards.waiterCount == 1 }
            store.commitBehaviour = .works
            #expect(await end.status == 200)
            #expect(await late.status == 481)
        }
    }

    @Test("When the first one's commit fails, the waiting one goes on")
    func firstFails() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let tag = await world.subscribe().toTag
            store.commitBehaviour = .stalls(heedsCancellation: true)
            async let second = world.subscribe(cSeq: 2, toTag: tag)
            await store.untilAttempts(2)
            async let third = world.subscribe(cSeq: 3, toTag: tag)
            await eventually { world.server.shards.waiterCount == 1 }
            store.commitBehaviour = .fails(.init())
            #expect(await second.status == 503)
            store.commitBehaviour = .works
            await world.time.advance(by: .seconds(1))
            #expect(await third.status == 200)
            #expect(store.violations.isEmpty)
        }
    }

    @Test("R6665-47: our tag without a dialog is gone, a foreign one is not ours")
    func unknownDialogs() async throws {
        let world = ServerHarness()
        try await world.running {
            let tag = try #require(await world.subscribe().toTag)
            #expect(await world.subscribe(expires: 0, cSeq: 2, toTag: tag).status == 200)
            #expect(await world.subscribe(cSeq: 3, toTag: tag).status == 481)
            #expect(await world.subscribe(cSeq: 3, toTag: "foreign") == [.toPresenceCode(10)])
        }
    }
}
