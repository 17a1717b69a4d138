// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct ListChangeTests {
    @Test("A change that the resolver hints at: new members are subscribed to, gone ones unsubscribed, full state sent")
    func hinted() async throws {
        let world = ServerHarness()
        try await world.running {
            let first = await world.subscribe()
            world.answer(first.requests)
            for backend in first.subscribes {
                world.deliver(ServerHarness.makeNotify(to: backend.request))
            }
            await world.time.advance(by: .seconds(1))
            await eventually { world.sink.actions.notifies.count == 1 }
            world.answer(world.sink.actions.notifies)
            world.resolver.setList(ServerHarness.listURI, ["sip:bob@example.org", "sip:dave@example.org"])
            world.resolver.announce(.documents([ServerHarness.listURI]))
            await eventually { world.sink.actions.notifies.count == 2 }
            let notify = try #require(world.sink.actions.notifies.last?.request)
            #expect(notify.bodyText.contains("fullState=\"true\""))
            #expect(notify.bodyText.contains("sip:dave@example.org"))
            #expect(!notify.bodyText.contains("sip:claire@example.org"))
            await eventually { world.sink.actions.subscribes.count == 2 }
            #expect(world.sink.actions.subscribes.map { $0.request.text(.expires) == "0" }.contains(true))
        }
    }

    @Test("A change of another document asks nobody")
    func otherDocument() async throws {
        let world = ServerHarness()
        try await world.running {
            _ = await world.subscribe()
            world.resolver.announce(.documents(["another"]))
            await world.server.updateSubscriptions(of: try! SIPURI("sip:zoe@example.org"))
            #expect(world.resolver.resolved.count == 1)
            #expect(world.authorizer.asked.count == 1)
        }
    }

    @Test("updateSubscriptions asks authoriser and resolver again, for all or for one owner")
    func updateSubscriptions() async throws {
        let world = ServerHarness()
        let owner = try SIPURI("sip:alice@example.org")
        world.resolver.setList("sip:other@example.org", ["sip:bob@example.org"])
        world.resolver.setList(ServerHarness.listURI, ["sip:bob@example.org"], owner: owner)
        try await world.running {
            _ = await world.subscribe()
            _ = await world.subscribe(callID: "other", uri: "sip:other@example.org")
            await world.server.updateSubscriptions()
            #expect(world.resolver.resolved.count == 4)
            #expect(world.authorizer.asked.suffix(2).allSatisfy { $0.request == nil })
            await world.server.updateSubscriptions(of: owner)
            #expect(world.resolver.resolved.map(\.uri).last == ServerHarness.listURI)
            #expect(world.resolver.resolved.count == 5)
        }
    }

    @Test("Pending becomes active when the authoriser has made up its mind")
    func pendingBecomesActive() async throws {
        let world = ServerHarness()
        world.authorizer.verdict = .pending
        try await world.running {
            world.answer(await world.subscribe().requests)
            world.authorizer.verdict = .allow
            await world.server.updateSubscriptions()
            await eventually { world.sink.actions.subscribes.count == 2 }
            await eventually {
                world.sink.actions.notifies.contains {
                    $0.request.text(.subscriptionState)?.hasPrefix("active") ?? false
                }
            }
        }
    }

    @Test("A verdict turned to deny ends the dialog with rejected")
    func denied() async throws {
        let world = ServerHarness()
        try await world.running {
            world.answer(await world.subscribe().requests)
            world.authorizer.verdict = .deny
            await world.server.updateSubscriptions()
            await eventually {
                world.sink.actions.notifies.contains {
                    $0.request.text(.subscriptionState)?.hasPrefix("terminated;reason=rejected") ?? false
                }
            }
        }
    }

    @Test("A list change while a SUBSCRIBE of its dialog waits for the store is acted on afterwards")
    func whileCommitting() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let first = await world.subscribe()
            world.answer(first.requests)
            store.commitBehaviour = .stalls(heedsCancellation: true)
            async let refresh = world.subscribe(cSeq: 2, toTag: first.toTag)
            await store.untilAttempts(2)
            world.resolver.setList(ServerHarness.listURI, ["sip:dave@example.org"])
            await world.server.updateSubscriptions()
            #expect(world.resolver.resolved.count == 2)
            store.commitBehaviour = .works
            let answered = await refresh
            #expect(answered.status == 200)
            world.answer(answered.requests)
            await world.resolver.untilResolved(3)
            await eventually {
                world.sink.actions.subscribes.contains {
                    String(decoding: $0.request.requestURI, as: UTF8.self) == "sip:dave@example.org"
                }
            }
        }
    }

    @Test("An authoriser that does not answer at a list change changes nothing")
    func withoutVerdict() async throws {
        let world = ServerHarness()
        try await world.running {
            world.answer(await world.subscribe().requests)
            world.authorizer.behaviour = .stalls(heedsCancellation: true)
            async let update: Void = world.server.updateSubscriptions()
            await world.authorizer.untilAsked(2)
            await world.time.advance(by: .seconds(2))
            await update
            #expect(world.server.statistics.listDialogs == 1)
            #expect(world.server.statistics.backends == 2)
        }
    }

    @Test("updateSubscriptions of a server that does not run returns at once")
    func notRunning() async {
        await ServerHarness().server.updateSubscriptions()
    }

    @Test("Hints by the thousand become one round over everything")
    func coalesced() async {
        let queue = ListChangeQueue()
        for number in 0...ListChangeQueue.scopeLimit {
            queue.add(.documents(["doc-\(number)"]))
        }
        #expect(await queue.next()?.scopes == [.everything])
        queue.add(.documents(["b"]))
        queue.add(.documents(["a", "b"]))
        #expect(await queue.next()?.scopes == [.documents(["a", "b"])])
        queue.close()
        #expect(!queue.add(.everything))
    }
}
