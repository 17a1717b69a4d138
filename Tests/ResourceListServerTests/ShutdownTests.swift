// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct ShutdownTests {
    /// A running server with one list dialog whose back-ends have answered.
    private func subscribed(_ world: ServerHarness) async throws -> (first: [RLSAction], run: Task<Void, any Error>) {
        let run = world.launch()
        world.consume()
        await eventually { world.server.lifecycle.phase == .serving }
        let first = await world.subscribe()
        world.answer(first.requests)
        for backend in first.subscribes {
            world.deliver(ServerHarness.makeNotify(to: backend.request))
        }
        await world.time.advance(by: .seconds(1))
        await eventually { world.sink.actions.notifies.count == 1 }
        world.answer(world.sink.actions.notifies)
        return (first, run)
    }

    /// Plays the presence server and the watcher while the server says its goodbyes.
    private func answerGoodbyes(_ world: ServerHarness, _ backends: [RLSOutboundRequest]) async {
        await eventually { world.sink.actions.subscribes.count == backends.count }
        world.answer(world.sink.actions.requests)
        for backend in backends {
            let last = ServerHarness.makeNotify(
                to: backend.request,
                cSeq: 2,
                state: "terminated;reason=timeout",
                body: "<presence/>"
            )
            world.deliver(last)
        }
    }

    @Test(".endDialogs tells watchers deactivated, unsubscribes back-ends, ends actions, and run() returns")
    func endDialogs() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        let (first, run) = try await self.subscribed(world)
        world.server.beginShutdown(.endDialogs)
        await eventually { world.sink.actions.notifies.count == 2 }
        let last = world.sink.actions.notifies.last?.request.text(.subscriptionState)
        #expect(last?.hasPrefix("terminated;reason=deactivated") ?? false)
        await self.answerGoodbyes(world, first.subscribes)
        try await run.value
        await eventually { world.sink.isEnded }
        #expect(store.dialogs.isEmpty)
        #expect(world.server.statistics.listDialogs == 0)
        #expect(await world.subscribe(callID: "late").status == 503)
    }

    @Test(".keepDialogs writes clean records with exact numbers and tells watchers nothing")
    func keepDialogs() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        let (first, run) = try await self.subscribed(world)
        let used = try #require(world.sink.actions.notifies.last?.request.cSeqNumber)
        world.server.beginShutdown(.keepDialogs)
        await self.answerGoodbyes(world, first.subscribes)
        try await run.value
        await eventually { world.sink.isEnded }
        #expect(world.sink.actions.notifies.count == 1)
        let record = try #require(store.dialogs.first)
        #expect(record.isClean)
        #expect(record.localCSeq == used)
        #expect(store.states.count == 2)
        #expect(store.violations.isEmpty)
    }

    @Test("After a clean stop the next server shows the stored states at once, and numbers go on")
    func restartAfterCleanStop() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        let (first, run) = try await self.subscribed(world)
        let used = try #require(world.sink.actions.notifies.last?.request.cSeqNumber)
        world.server.beginShutdown(.keepDialogs)
        await self.answerGoodbyes(world, first.subscribes)
        try await run.value
        let next = ServerHarness(store: store)
        try await next.running {
            await eventually { next.server.statistics.dormantDialogs == 0 }
            let refresh = await next.subscribe(cSeq: 2, toTag: first.toTag)
            #expect(refresh.status == 200)
            let notify = try #require(refresh.notifies.first?.request)
            #expect(notify.cSeqNumber > used)
            #expect(notify.bodyText.contains("<presence/>"))
            #expect(store.dialogs.first?.isClean == false)
        }
    }

    @Test("Without a store nothing can be kept: watchers are told")
    func keepWithoutStore() async throws {
        let world = ServerHarness()
        let (first, run) = try await self.subscribed(world)
        world.server.beginShutdown(.keepDialogs)
        await eventually { world.sink.actions.notifies.count == 2 }
        await self.answerGoodbyes(world, first.subscribes)
        try await run.value
    }

    @Test("What is not done within the limit is left undone")
    func limit() async throws {
        let world = ServerHarness()
        let (_, run) = try await self.subscribed(world)
        world.server.beginShutdown(.endDialogs, within: .seconds(3))
        // Nobody answers.
        await eventually { world.sink.actions.notifies.count == 2 }
        await world.time.advance(by: .seconds(3))
        try await run.value
        await eventually { world.sink.isEnded }
    }

    @Test("A store that is away holds the end up no longer than the limit")
    func storeAway() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        let (_, run) = try await self.subscribed(world)
        store.commitBehaviour = .stalls(heedsCancellation: false)
        world.server.beginShutdown(.keepDialogs, within: .seconds(5))
        await eventually { world.server.lifecycle.phase == .draining(.keepDialogs) }
        await world.time.advance(by: .seconds(5))
        try await run.value
        store.commitBehaviour = .works
    }

    @Test("A SUBSCRIBE that is being handled is finished before its dialog is told")
    func handlingEnds() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        let (_, run) = try await self.subscribed(world)
        let attempts = store.attempts.count
        store.commitBehaviour = .stalls(heedsCancellation: true)
        async let answer = world.subscribe(callID: "second")
        await store.untilAttempts(attempts + 1)
        world.server.beginShutdown(.endDialogs, within: .seconds(20))
        await eventually { world.server.lifecycle.phase == .draining(.endDialogs) }
        #expect(await world.subscribe(callID: "third").status == 503)
        await settle()
        #expect(world.sink.actions.notifies.count == 1)
        store.commitBehaviour = .works
        let answered = await answer
        #expect(answered.status == 200)
        world.answer(answered.requests)
        await eventually {
            Set(
                world.sink.actions.notifies.filter {
                    $0.request.text(.subscriptionState)?.hasPrefix("terminated") ?? false
                }.compactMap { $0.request.text(.callID) }
            ) == ["call-1", "second"]
        }
        run.cancel()
        _ = await run.result
    }

    @Test("Cancelling run() stops at once without telling anybody, and releases all who wait")
    func cancel() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        let (_, run) = try await self.subscribed(world)
        let sent = world.sink.actions.count
        store.commitBehaviour = .stalls(heedsCancellation: false)
        let attempts = store.attempts.count
        async let committing = world.subscribe(callID: "second")
        await store.untilAttempts(attempts + 1)
        world.resolver.findBehaviour = .stalls(heedsCancellation: false)
        let asked = world.resolver.queries.count
        async let asking = world.subscribe(callID: "third")
        await world.resolver.untilFound(asked + 1)
        run.cancel()
        #expect(await committing.status == 503)
        #expect(await asking.status == 503)
        await #expect(throws: CancellationError.self) { try await run.value }
        await eventually { world.sink.isEnded }
        #expect(world.sink.actions.count == sent)
        store.commitBehaviour = .works
        world.resolver.findBehaviour = .works
    }

    @Test("An end asked for before run(), or while loading, is an end")
    func early() async throws {
        let idle = ServerHarness()
        idle.server.beginShutdown(.endDialogs)
        idle.consume()
        try await idle.launch().value
        await eventually { idle.sink.isEnded }
        let store = InMemoryStore()
        store.loadBehaviour = .stalls(heedsCancellation: true)
        let loading = ServerHarness(store: store)
        let run = loading.launch()
        await store.untilLoads(1)
        loading.server.beginShutdown(.keepDialogs)
        try await run.value
        #expect(store.attempts.isEmpty)
    }
}
