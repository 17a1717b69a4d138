// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct DriveTests {
    private func notify(_ world: ServerHarness, _ backend: RLSOutboundRequest, cSeq: UInt32, body: String) -> Int? {
        world.deliver(ServerHarness.makeNotify(to: backend.request, cSeq: cSeq, body: body))
    }

    @Test("Changes are collected for waitnTime and go out as one NOTIFY through actions")
    func batched() async throws {
        let world = ServerHarness()
        try await world.running {
            let first = await world.subscribe()
            world.answer(first.requests)
            for (number, backend) in first.subscribes.enumerated() {
                #expect(self.notify(world, backend, cSeq: 1, body: "<first n='\(number)'/>") == 200)
            }
            // All members have reported: the first states go out at once.
            await world.time.advance(by: .seconds(1))
            await eventually { world.sink.actions.notifies.count == 1 }
            world.answer(world.sink.actions.notifies)
            for (number, backend) in first.subscribes.enumerated() {
                #expect(self.notify(world, backend, cSeq: 2, body: "<second n='\(number)'/>") == 200)
            }
            await world.time.advance(by: .seconds(4))
            #expect(world.sink.actions.notifies.count == 1)
            await world.time.advance(by: .seconds(2))
            await eventually { world.sink.actions.notifies.count == 2 }
            let body = try #require(world.sink.actions.notifies.last?.request.bodyText)
            #expect(body.contains("<second n='0'/>") && body.contains("<second n='1'/>"))
        }
    }

    @Test("A list subscription expires without anybody asking")
    func expiry() async throws {
        let world = ServerHarness()
        try await world.running(answering: true) {
            let first = await world.subscribe(expires: 60)
            world.answer(first.requests)
            await world.time.advance(by: .seconds(61))
            await eventually {
                let states = world.sink.actions.notifies.map { $0.request.text(.subscriptionState) ?? "" }
                return states.contains { $0.hasPrefix("terminated;reason=timeout") }
            }
        }
    }

    @Test("A step of the wall clock ends no subscription")
    func wallClock() async throws {
        let world = ServerHarness(store: InMemoryStore())
        try await world.running(answering: true) {
            world.answer(await world.subscribe(expires: 600).requests)
            world.time.stepWallClock(by: 1_000_000)
            await world.time.advance(by: .seconds(120))
            world.time.stepWallClock(by: -2_000_000)
            await world.time.advance(by: .seconds(120))
            #expect(world.server.statistics.listDialogs == 1)
        }
    }

    @Test("One task sleeps, whatever there is to wait for")
    func oneSleeper() async throws {
        let world = ServerHarness(store: InMemoryStore()) { $0.maxListsPerWatcher = 100 }
        try await world.running {
            for number in 0..<20 {
                _ = await world.subscribe(callID: "call-\(number)")
            }
            await settle()
            #expect(world.time.sleepers == 1)
        }
    }

    @Test("Without a consumer engines stop after one batch, nothing is lost, and it is reported once per minute")
    func stalledConsumer() async throws {
        let world = ServerHarness { $0.maxListsPerWatcher = 100 }
        try await world.running(consuming: false) {
            for number in 0..<20 {
                world.answer(await world.subscribe(expires: 60, callID: "call-\(number)").requests)
            }
            await world.time.advance(by: .seconds(61))
            await eventually { world.server.queue.waitingSince != nil }
            let before = world.server.statistics.listDialogs
            await world.time.advance(by: .seconds(170))
            await eventually { world.observer.events(.actionsStalled).count >= 3 }
            #expect(world.observer.events(.actionsStalled).count <= 4)
            #expect((world.observer.events(.actionsStalled).last?.count ?? 0) > 100_000)
            #expect(world.server.statistics.listDialogs == before)
            world.consume()
            await world.time.advance(by: .seconds(1))
            await eventually {
                let ended = world.sink.actions.notifies.filter {
                    $0.request.text(.subscriptionState)?.hasPrefix("terminated") ?? false
                }
                return Set(ended.compactMap { $0.request.text(.callID) }).count == 20
            }
        }
    }

    /// Batches in which list subscriptions end that all expire at one instant.
    private func finalBatches(lists: Int, shards: Int) async throws -> [[RLSAction]] {
        let world = ServerHarness {
            $0.shards = shards
            $0.maxListsPerWatcher = lists
        }
        try await world.running(answering: true) {
            for number in 0..<lists {
                world.answer(await world.subscribe(expires: 60, callID: "call-\(number)").requests)
            }
            await world.time.advance(by: .seconds(61))
            await eventually { world.sink.actions.notifies.count { $0.request.isFinal } == lists }
        }
        return world.sink.batches.filter { $0.notifies.contains { $0.request.isFinal } }
    }

    @Test("What all shards want sent at one tick is one batch")
    func oneBatch() async throws {
        let batches = try await self.finalBatches(lists: 40, shards: 4)
        #expect(batches.count == 1)
        #expect(Set(batches.flatMap(\.requests).map(\.transaction.shardIndex)).count == 4)
    }

    @Test("A large batch is handed out before more is made")
    func batchLimit() async throws {
        let batches = try await self.finalBatches(lists: 2 * RLSServer.batchLimit, shards: 1)
        // An engine handles at most 64 list subscriptions in one call.
        #expect(batches.count >= 2)
        #expect(batches.allSatisfy { $0.notifies.count < RLSServer.batchLimit + 64 })
    }

    @Test("A batch is handed out when the last was taken, in order")
    func pulled() async {
        let emptied = Locked(0)
        let queue = ActionQueue(isEmptied: { emptied.withLock { $0 += 1 } })
        queue.append([.toPresenceCode(1)], now: .zero)
        queue.append([], now: .zero)
        queue.append([.toPresenceCode(2)], now: .zero)
        let waited = Locked(false)
        async let producer: Void = {
            await queue.untilEmpty()
            waited.withLock { $0 = true }
        }()
        var iterator = RLSActionSequence(queue: queue).makeAsyncIterator()
        #expect(await iterator.next() == [.toPresenceCode(1)])
        await settle()
        #expect(!waited.withLock { $0 })
        #expect(await iterator.next() == [.toPresenceCode(2)])
        await producer
        #expect(emptied.withLock { $0 } == 1)
        queue.append([.toPresenceCode(3)], now: .zero)
        queue.finish()
        queue.append([.toPresenceCode(4)], now: .zero)
        #expect(await iterator.next() == [.toPresenceCode(3)])
        #expect(await iterator.next() == nil)
    }

    @Test("A cancelled consumer gets nil, and the next batch waits for another one")
    func cancelledConsumer() async {
        let queue = ActionQueue(isEmptied: {})
        let sequence = RLSActionSequence(queue: queue)
        let consumer = Task {
            var iterator = sequence.makeAsyncIterator()
            return await iterator.next()
        }
        await settle()
        consumer.cancel()
        #expect(await consumer.value == nil)
        queue.append([.toPresenceCode(1)], now: .zero)
        var iterator = sequence.makeAsyncIterator()
        #expect(await iterator.next() == [.toPresenceCode(1)])
    }

    @Test("An outcome for a transaction of nobody is ignored")
    func unknownOutcome() async throws {
        let small = ServerHarness { $0.shards = 1 }
        let large = ServerHarness {
            $0.shards = 16
            $0.maxListsPerWatcher = 100
        }
        try await large.running {
            for number in 0..<16 {
                for request in await large.subscribe(callID: "call-\(number)").requests {
                    let answer = small.server.rlsHandleResponse(.timeout(lastCSeq: 1), for: request.transaction)
                    #expect(answer.isEmpty)
                }
            }
        }
    }

    @Test("Shards are a power of two, at most 256", arguments: [(0, 1), (1, 1), (3, 4), (64, 64), (1_000, 256)])
    func shardCount(wanted: Int, expected: Int) {
        let world = ServerHarness { $0.shards = wanted }
        #expect(world.server.shards.count == expected)
    }
}

extension SIPRequest {
    /// The NOTIFY that ends a list subscription.
    fileprivate var isFinal: Bool { self.text(.subscriptionState)?.hasPrefix("terminated") ?? false }
}
