// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct RestartTests {
    /// A store with list dialogs as a crash of their server leaves them.
    private func crashed(_ count: Int = 1, clean: Bool = false) async throws -> (store: InMemoryStore, tags: [String]) {
        let store = InMemoryStore()
        let tags = Locked([String]())
        let world = ServerHarness(store: store) { $0.maxListsPerWatcher = .max }
        try await world.running {
            for number in 0..<count {
                let actions = await world.subscribe(callID: "call-\(number)")
                tags.withLock { $0.append(actions.toTag ?? "") }
                world.answer(actions.requests)
            }
        }
        #expect(store.dialogs.count == count)
        return (store, tags.withLock { $0 })
    }

    @Test("When run() is not running, what is ours gets 503 and the rest is not ours")
    func notRunning() async throws {
        let world = ServerHarness()
        let answers = [
            await world.subscribe(),
            await world.subscribe(toTag: "foreign"),
            await world.subscribe(toTag: "foreign", uri: "sip:rls@192.0.2.1:5060", lines: ["Supported: -"]),
        ]
        for answer in answers {
            #expect(answer.status == 503)
            #expect(answer.retryAfter == "10")
        }
        #expect(world.resolver.queries.isEmpty)
        let plain = await world.subscribe(lines: ["Supported: -"])
        #expect(plain == [.toPresenceCode(10)])
        let foreign = await world.subscribe(toTag: "foreign", lines: ["Supported: -"])
        #expect(foreign == [.toPresenceCode(10)])
    }

    @Test("Our mark is recognised before the dialogs are loaded")
    func markWhileLoading() async throws {
        let (store, tags) = try await self.crashed()
        store.loadBehaviour = .stalls(heedsCancellation: true)
        let world = ServerHarness(store: store)
        let run = world.launch()
        await store.untilLoads(2)
        let early = await world.subscribe(cSeq: 2, callID: "call-0", toTag: tags[0], lines: ["Supported: -"])
        #expect(early.status == 503)
        store.loadBehaviour = .works
        await eventually { world.server.lifecycle.phase == .serving }
        let late = await world.subscribe(cSeq: 2, callID: "call-0", toTag: tags[0], lines: ["Supported: -"])
        #expect(late.status == 200)
        run.cancel()
        _ = await run.result
    }

    @Test("A load that fails is tried again with back-off, and counts no dialog twice")
    func loadFails() async throws {
        let (store, _) = try await self.crashed(3)
        store.loadBehaviour = .fails(.init())
        let world = ServerHarness(store: store) { $0.restartRate = 1 }
        let run = world.launch()
        await store.untilLoads(2)
        await world.time.advance(by: .seconds(2))
        await eventually { store.loadCount == 4 }
        #expect(world.observer.events(.storeLost).count == 1)
        #expect(await world.subscribe(callID: "new").status == 503)
        store.loadBehaviour = .works
        await world.time.advance(by: .seconds(4))
        await eventually { world.server.lifecycle.phase == .serving }
        #expect(world.observer.events(.storeBack).count == 1)
        #expect(world.observer.events(.restored).map(\.count) == [3])
        run.cancel()
        _ = await run.result
    }

    @Test("A restored dialog is woken: ceilings are stored before its first NOTIFY, and numbers go on above them")
    func woken() async throws {
        let (store, _) = try await self.crashed()
        let ceiling = try #require(store.dialogs.first?.localCSeq)
        let world = ServerHarness(store: store)
        store.commitBehaviour = .stalls(heedsCancellation: true)
        let attempts = store.attempts.count
        try await world.running {
            await store.untilAttempts(attempts + 1)
            await settle()
            #expect(world.sink.actions.notifies.isEmpty)
            #expect(world.server.statistics.dormantDialogs == 1)
            store.commitBehaviour = .works
            await eventually { world.server.statistics.dormantDialogs == 0 }
            await eventually { world.sink.actions.subscribes.count == 2 }
            await world.time.advance(by: .seconds(1))
            await eventually { world.sink.actions.notifies.count == 1 }
            let notify = world.sink.actions.notifies.first?.request
            #expect((notify?.cSeqNumber ?? 0) > ceiling + 65_000)
            #expect((store.dialogs.first?.localCSeq ?? 0) >= (notify?.cSeqNumber ?? .max))
        }
    }

    @Test("A refresh wakes its dialog at once")
    func wokenByRefresh() async throws {
        let (store, tags) = try await self.crashed()
        let world = ServerHarness(store: store)
        world.resolver.findBehaviour = .fails(RLSResolverError(.unavailable, document: "d", message: "m"))
        try await world.running {
            await world.resolver.untilFound(1)
            // Without a list there is nothing to show, and nothing is taken away either.
            await eventually { world.observer.events(.resolverFailed).count == 1 }
            let early = await world.subscribe(cSeq: 2, callID: "call-0", toTag: tags[0])
            #expect(early.status == 503)
            world.resolver.findBehaviour = .works
            let refresh = await world.subscribe(cSeq: 3, callID: "call-0", toTag: tags[0])
            #expect(refresh.status == 200)
            #expect(refresh.notifies.count == 1)
            #expect(refresh.subscribes.count == 2)
            #expect(world.server.statistics.dormantDialogs == 0)
        }
    }

    @Test("With .writeBehind, too, a dialog is woken only after its ceilings are stored")
    func wokenWriteBehind() async throws {
        let (store, tags) = try await self.crashed()
        let world = ServerHarness(store: store) { $0.durability = .writeBehind(.seconds(60)) }
        world.resolver.findBehaviour = .fails(RLSResolverError(.unavailable, document: "d", message: "m"))
        try await world.running {
            await eventually { world.observer.events(.resolverFailed).count == 1 }
            world.resolver.findBehaviour = .works
            let before = store.batches.count
            let refresh = await world.subscribe(cSeq: 3, callID: "call-0", toTag: tags[0])
            #expect(refresh.status == 200)
            #expect(store.batches.count == before + 1)
            let cSeq = try #require(refresh.notifies.first?.request.cSeqNumber)
            #expect((store.dialogs.first?.localCSeq ?? 0) >= cSeq)
        }
    }

    @Test("Dialogs are woken at restartRate, those that expire soonest first")
    func paced() async throws {
        let (store, _) = try await self.crashed(60)
        let world = ServerHarness(store: store) {
            $0.restartRate = 40
            $0.maxListsPerWatcher = .max
        }
        try await world.running {
            await eventually { world.server.statistics.dormantDialogs == 50 }
            await settle()
            #expect(world.server.statistics.dormantDialogs == 50)
            for left in [40, 30, 20, 10, 0] {
                await world.time.advance(by: .milliseconds(250))
                await eventually { world.server.statistics.dormantDialogs == left }
            }
        }
    }

    @Test("An authoriser that does not answer leaves a dialog dormant; it is tried again")
    func wakeWithoutVerdict() async throws {
        let (store, _) = try await self.crashed()
        let world = ServerHarness(store: store)
        world.authorizer.behaviour = .stalls(heedsCancellation: true)
        try await world.running {
            await world.authorizer.untilAsked(1)
            await world.time.advance(by: .seconds(2))
            #expect(world.server.statistics.dormantDialogs == 1)
            world.authorizer.behaviour = .works
            await world.time.advance(by: .seconds(30))
            await eventually { world.server.statistics.dormantDialogs == 0 }
        }
    }

    @Test("A second run() is refused")
    func runsOnce() async throws {
        let world = ServerHarness()
        try await world.running {
            await #expect(throws: RLSServerError(.alreadyRun)) { try await world.server.run() }
        }
        await #expect(throws: RLSServerError(.alreadyRun)) { try await world.server.run() }
    }
}
