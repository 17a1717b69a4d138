// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct WriteBehindTests {
    /// A list dialog whose first member's back-end has answered.
    private func subscribed(_ world: ServerHarness) async throws -> (tag: String?, backend: RLSOutboundRequest) {
        let actions = await world.subscribe()
        world.answer(actions.requests)
        return (actions.toTag, try #require(actions.subscribes.first))
    }

    private func notify(
        _ world: ServerHarness,
        _ backend: RLSOutboundRequest,
        cSeq: UInt32,
        state: String = "active;expires=600",
        body: String
    ) {
        let request = ServerHarness.makeNotify(to: backend.request, cSeq: cSeq, state: state, body: body)
        world.deliver(request)
    }

    @Test("States are written every stateFlushInterval, the newest of each")
    func coalesced() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let (_, backend) = try await self.subscribed(world)
            let batches = store.batches.count
            for number in 1...20 {
                self.notify(world, backend, cSeq: UInt32(number), body: "<presence n='\(number)'/>")
            }
            await settle()
            #expect(store.states.isEmpty)
            await world.time.advance(by: .seconds(5))
            await eventually { store.states.count == 1 }
            #expect(store.batches.count == batches + 1)
            #expect(store.batches.last?.count == 1)
            #expect(store.states.first?.body == Array("<presence n='20'/>".utf8))
            #expect(store.states.first?.resourceURI == "sip:bob@example.org")
        }
    }

    @Test("Between two batches of states the store is left to SUBSCRIBEs, for as long as the first one took")
    func pauses() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store) { configuration in
            configuration.backendBurst = 1_000
            configuration.backendInFlight = 4_000
            configuration.backendInFlightPerHop = 4_000
        }
        world.resolver.setList(ServerHarness.listURI, (1...300).map { "sip:member\($0)@example.org" })
        try await world.running {
            let backends = await world.subscribe().subscribes + world.subscribe(callID: "call-2").subscribes
            try #require(backends.count == 600)
            for backend in backends {
                self.notify(world, backend, cSeq: 1, body: "<presence/>")
            }
            let attempts = store.attempts.count
            store.commitBehaviour = .stalls(heedsCancellation: true)
            await world.time.advance(by: .seconds(5))
            await eventually { store.attempts.count == attempts + 1 }
            await world.time.advance(by: .milliseconds(40))
            store.commitBehaviour = .works
            await eventually { store.states.count == 500 }
            #expect(await world.subscribe(callID: "call-3").status == 200)
            await world.time.advance(by: .milliseconds(39))
            #expect(store.states.count == 500)
            await world.time.advance(by: .milliseconds(1))
            await eventually { store.states.count == 600 }
        }
    }

    @Test("A terminated state is written at once")
    func urgent() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let (_, backend) = try await self.subscribed(world)
            self.notify(world, backend, cSeq: 1, state: "terminated;reason=rejected", body: "<presence/>")
            await eventually { store.states.count == 1 }
            #expect(store.states.first?.state == .terminated)
            #expect(store.states.first?.reason == "rejected")
        }
    }

    @Test("The end of a list subscription deletes its record")
    func ended() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let (tag, _) = try await self.subscribed(world)
            #expect(store.dialogs.count == 1)
            #expect(await world.subscribe(expires: 0, cSeq: 2, toTag: tag).status == 200)
            #expect(store.dialogs.isEmpty)
        }
    }

    @Test("While the store is away nothing is lost, batches do not grow, and all arrives when it is back")
    func storeAway() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let (_, backend) = try await self.subscribed(world)
            store.commitBehaviour = .fails(.init())
            var number: UInt32 = 0
            for _ in 0..<12 {
                for _ in 0..<5 {
                    number += 1
                    self.notify(world, backend, cSeq: number, body: "<presence n='\(number)'/>")
                }
                await world.time.advance(by: .seconds(5))
            }
            #expect(store.states.isEmpty)
            #expect(store.attempts.allSatisfy { $0.count <= 2 }, "one record per resource, however often it changed")
            // 250 ms doubling to 10 s: some ten tries in a minute, not one per change.
            #expect(store.attempts.count < 20)
            #expect(world.observer.events(.storeLost).count == 1)
            store.commitBehaviour = .works
            await world.time.advance(by: .seconds(15))
            let last = Array("<presence n='\(number)'/>".utf8)
            await eventually { store.states.contains { $0.body == last } }
            #expect(world.observer.events(.storeBack).count == 1)
            #expect(store.violations.isEmpty)
        }
    }

    @Test("While the store is away established lists are served, and new ones refused within storeTimeout")
    func servesWithoutStore() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let (_, backend) = try await self.subscribed(world)
            await settle()
            let sent = world.sink.actions.notifies.count
            store.commitBehaviour = .fails(.init())
            #expect(await world.subscribe(callID: "other").status == 503)
            async let waiting = world.subscribe(callID: "third")
            await eventually { world.server.statistics.listDialogs == 2 }
            await world.time.advance(by: .seconds(2))
            #expect(await waiting.status == 503)
            self.notify(world, backend, cSeq: 1, body: "<presence/>")
            await world.time.advance(by: .seconds(5))
            await eventually { world.sink.actions.notifies.count > sent }
        }
    }

    @Test("Expired records are removed every cleanPeriod, and a failure is not fatal")
    func clean() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        store.cleanBehaviour = .fails(.init())
        try await world.running {
            await world.time.advance(by: .seconds(99))
            await settle()
            #expect(store.cleanings == 0)
            await world.time.advance(by: .seconds(1))
            await eventually { store.cleanings == 1 }
            store.cleanBehaviour = .works
            await world.time.advance(by: .seconds(100))
            await eventually { store.cleanings == 2 }
            #expect(await world.subscribe().status == 200)
        }
    }
}
