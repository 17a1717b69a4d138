// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct CommitTests {
    @Test("Nothing is answered before the store has the dialog")
    func commitComesFirst() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            store.commitBehaviour = .stalls(heedsCancellation: true)
            let isAnswered = Locked(false)
            async let answer = {
                let actions = await world.subscribe()
                isAnswered.withLock { $0 = true }
                return actions
            }()
            await store.untilAttempts(1)
            await settle()
            #expect(!isAnswered.withLock { $0 })
            store.commitBehaviour = .works
            #expect(await answer.status == 200)
            #expect(store.dialogs.map(\.key.callID) == ["call-1"])
            #expect(store.dialogs.first?.presentityURI == ServerHarness.listURI)
        }
    }

    @Test("A failed commit leaves nothing behind, and the next try succeeds")
    func failedCommit() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            store.commitBehaviour = .fails(.init())
            let refused = await world.subscribe()
            #expect(refused.status == 503)
            #expect(refused.retryAfter == "10")
            #expect(refused.requests.isEmpty)
            let statistics = world.server.statistics
            #expect(statistics.listDialogs == 0 && statistics.backends == 0 && statistics.timers == 0)
            store.commitBehaviour = .works
            async let answer = world.subscribe(cSeq: 2)
            await world.time.advance(by: .seconds(1))
            #expect(await answer.status == 200)
            #expect(store.violations.isEmpty)
        }
    }

    @Test("A failed commit leaves a refreshed dialog as it was")
    func failedRefresh() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let first = await world.subscribe()
            let stored = store.dialogs
            store.commitBehaviour = .fails(.init())
            let contact = ["Contact: <sip:alice@192.0.2.99>"]
            let refused = await world.subscribe(cSeq: 2, toTag: first.toTag, lines: contact)
            #expect(refused.status == 503)
            #expect(store.dialogs == stored)
            #expect(world.server.statistics.listDialogs == 1)
            store.commitBehaviour = .works
            async let answer = world.subscribe(cSeq: 3, toTag: first.toTag, lines: contact)
            await world.time.advance(by: .seconds(1))
            #expect(await answer.status == 200)
            #expect(store.dialogs.map(\.contact) == ["sip:alice@192.0.2.99"])
        }
    }

    @Test("A record that the store refuses: 500 for that SUBSCRIBE, an event, and the others are written")
    func rejection() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        store.reject { change in
            change.dialog.callID == "bad" ? "callid: 300 characters do not fit into 64" : nil
        }
        try await world.running {
            store.commitBehaviour = .stalls(heedsCancellation: true)
            async let blocker = world.subscribe(callID: "blocker")
            await store.untilAttempts(1)
            async let bad = world.subscribe(callID: "bad")
            async let good = world.subscribe(callID: "good")
            await eventually { world.server.statistics.listDialogs == 3 }
            store.commitBehaviour = .works
            #expect(await blocker.status == 200)
            #expect(await bad.status == 500)
            #expect(await good.status == 200)
            #expect(Set(store.dialogs.map(\.key.callID)) == ["blocker", "good"])
            #expect(world.server.statistics.listDialogs == 2)
            let event = world.observer.events(.recordRejected).first
            #expect(event?.detail == "callid: 300 characters do not fit into 64")
        }
    }

    @Test("SUBSCRIBEs that wait together go in one batch")
    func groupCommit() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store) { $0.maxListsPerWatcher = 1_000 }
        try await world.running {
            store.commitBehaviour = .stalls(heedsCancellation: true)
            async let first = world.subscribe(callID: "first")
            await store.untilAttempts(1)
            await withTaskGroup(of: Int?.self) { group in
                for number in 0..<100 {
                    group.addTask { await world.subscribe(callID: "call-\(number)").status }
                }
                await eventually { world.server.statistics.listDialogs == 101 }
                store.commitBehaviour = .works
                for await status in group {
                    #expect(status == 200)
                }
            }
            #expect(await first.status == 200)
            #expect(store.batches.count == 2)
            #expect(store.dialogs.count == 101)
            #expect(store.violations.isEmpty)
        }
    }

    @Test("A SUBSCRIBE given up before its commit began leaves no trace in the store")
    func givenUpWhileWaiting() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            store.commitBehaviour = .stalls(heedsCancellation: false)
            let first = Task { await world.subscribe(callID: "first") }
            await store.untilAttempts(1)
            await world.time.advance(by: .seconds(1))
            let second = Task { await world.subscribe(callID: "second") }
            await eventually { world.server.statistics.listDialogs == 2 }
            await world.time.advance(by: .seconds(2))
            #expect(await first.value.status == 503)
            #expect(await second.value.status == 503)
            store.commitBehaviour = .works
            await eventually { store.batches.count == 2 }
            #expect(!store.attempts.joined().contains { $0.dialog.callID == "second" })
        }
    }

    @Test("A commit given up lands later: its deletion is written behind it")
    func landsAfterTimeout() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            store.commitBehaviour = .stalls(heedsCancellation: false)
            async let answer = world.subscribe()
            await store.untilAttempts(1)
            await world.time.advance(by: .seconds(2))
            #expect(await answer.status == 503)
            #expect(world.server.statistics.listDialogs == 0)
            #expect(world.observer.events(.storeLost).count == 1)
            store.commitBehaviour = .works
            await eventually { store.batches.count == 2 }
            #expect(store.dialogs.isEmpty)
            #expect(world.observer.events(.storeBack).count == 1)
            #expect(store.violations.isEmpty)
        }
    }

    @Test("A refresh given up lands later: the record as it was is written behind it")
    func refreshLandsAfterTimeout() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let first = await world.subscribe()
            let before = store.dialogs
            store.commitBehaviour = .stalls(heedsCancellation: false)
            async let answer = world.subscribe(
                cSeq: 2,
                toTag: first.toTag,
                lines: ["Contact: <sip:alice@192.0.2.99>"]
            )
            await store.untilAttempts(2)
            await world.time.advance(by: .seconds(2))
            #expect(await answer.status == 503)
            store.commitBehaviour = .works
            await eventually { store.batches.count == 3 }
            #expect(store.dialogs.map(\.contact) == before.map(\.contact))
            #expect(store.dialogs.map(\.expires) == before.map(\.expires))
        }
    }

    @Test("An unsubscribe given up lands later: dialog and states are written again behind it")
    func unsubscribeLandsAfterTimeout() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let first = await world.subscribe()
            world.answer(first.notifies)
            let backend = try #require(first.subscribes.first)
            world.answer([backend])
            let notify = ServerHarness.makeNotify(to: backend.request)
            #expect(world.deliver(notify) == 200)
            await world.time.advance(by: .seconds(5))
            await eventually { store.states.count == 1 }
            let states = store.states
            let attempts = store.attempts.count
            store.commitBehaviour = .stalls(heedsCancellation: false)
            async let answer = world.subscribe(expires: 0, cSeq: 2, toTag: first.toTag)
            await store.untilAttempts(attempts + 1)
            await world.time.advance(by: .seconds(2))
            #expect(await answer.status == 503)
            store.commitBehaviour = .works
            await eventually { store.states == states && store.dialogs.count == 1 }
            #expect(world.server.statistics.listDialogs == 1)
        }
    }

    @Test("With .writeBehind the reply does not wait, and the record follows within the interval")
    func writeBehind() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store) { $0.durability = .writeBehind(.seconds(1)) }
        try await world.running {
            let first = await world.subscribe()
            #expect(first.status == 200)
            #expect(await world.subscribe(cSeq: 2, toTag: first.toTag).status == 200)
            #expect(store.attempts.isEmpty)
            await world.time.advance(by: .seconds(1))
            await eventually { store.dialogs.count == 1 }
            // Both SUBSCRIBEs in one record.
            #expect(store.batches.count == 1)
            #expect(store.batches.first?.count == 1)
            #expect(store.dialogs.first?.remoteCSeq == 2)
        }
    }

    @Test("A cancelled handler whose commit runs answers 503, and what lands is deleted")
    func cancelled() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            store.commitBehaviour = .stalls(heedsCancellation: false)
            let handler = Task { await world.subscribe() }
            await store.untilAttempts(1)
            handler.cancel()
            #expect(await handler.value.status == 503)
            store.commitBehaviour = .works
            await eventually { store.batches.count == 2 }
            #expect(store.dialogs.isEmpty)
        }
    }
}
