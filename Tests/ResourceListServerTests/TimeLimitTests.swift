// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct TimeLimitTests {
    @Test("A resolver that does not answer costs resolveTimeout, even when it ignores cancellation")
    func findService() async throws {
        let world = ServerHarness()
        world.resolver.findBehaviour = .stalls(heedsCancellation: false)
        try await world.running {
            async let answer = world.subscribe()
            await world.resolver.untilFound(1)
            await world.time.advance(by: .seconds(3))
            let actions = await answer
            #expect(actions.status == 503)
            #expect(actions.retryAfter == "10")
            #expect(world.observer.events(.resolverFailed).count == 1)
            world.resolver.findBehaviour = .works
        }
    }

    @Test("A resolver that does not deliver the list costs resolveTimeout, and nothing is left")
    func resolve() async throws {
        let world = ServerHarness()
        world.resolver.resolveBehaviour = .stalls(heedsCancellation: true)
        try await world.running {
            async let answer = world.subscribe()
            await world.resolver.untilResolved(1)
            await world.time.advance(by: .seconds(3))
            #expect(await answer.status == 503)
            #expect(world.server.statistics.listDialogs == 0)
        }
    }

    @Test("An authoriser that does not answer costs authorizeTimeout")
    func authorize() async throws {
        let world = ServerHarness()
        world.authorizer.behaviour = .stalls(heedsCancellation: false)
        try await world.running {
            async let answer = world.subscribe()
            await world.authorizer.untilAsked(1)
            await world.time.advance(by: .milliseconds(1_900))
            await settle()
            await world.time.advance(by: .milliseconds(100))
            let actions = await answer
            #expect(actions.status == 503)
            #expect(actions.retryAfter == "10")
            world.authorizer.behaviour = .works
        }
    }

    @Test("A refresh whose authoriser does not answer gets 503, and nothing changes")
    func refresh() async throws {
        let world = ServerHarness()
        try await world.running {
            let first = await world.subscribe()
            world.answer(first.requests)
            world.authorizer.behaviour = .stalls(heedsCancellation: true)
            async let answer = world.subscribe(cSeq: 2, toTag: first.toTag)
            await world.authorizer.untilAsked(2)
            await world.time.advance(by: .seconds(2))
            let refused = await answer
            #expect(refused.status == 503)
            #expect(refused.requests.isEmpty)
            world.authorizer.behaviour = .works
            #expect(await world.subscribe(cSeq: 3, toTag: first.toTag).status == 200)
        }
    }

    @Test(
        "R5875-12: a refresh whose resolver fails succeeds: the dialog keeps its list",
        arguments: [RLSResolverError.Code.unavailable, .badReference, .badDocument, .tooLarge, .credentialsRefused]
    )
    func resolverFailsAtRefresh(code: RLSResolverError.Code) async throws {
        let world = ServerHarness()
        try await world.running {
            let first = await world.subscribe()
            world.resolver.resolveBehaviour = .fails(RLSResolverError(code, document: "d", message: "m"))
            let second = await world.subscribe(cSeq: 2, toTag: first.toTag)
            #expect(second.status == 200)
            #expect(world.server.statistics.backends == 2)
        }
    }

    @Test("A cancelled handler answers at once and leaves nothing behind")
    func cancelled() async throws {
        let world = ServerHarness()
        world.resolver.resolveBehaviour = .stalls(heedsCancellation: false)
        try await world.running {
            let handler = Task { await world.subscribe() }
            await world.resolver.untilResolved(1)
            handler.cancel()
            #expect(await handler.value.status == 503)
            #expect(world.server.statistics.listDialogs == 0)
            world.resolver.resolveBehaviour = .works
        }
    }

    @Test("Calls that hang are counted, and beyond the limit no more are begun")
    func hangingCallsAreBounded() async {
        let time = VirtualTime()
        let alarms = Alarms(hasEarlier: { _ in })
        let calls = PlugCalls(alarms: alarms, environment: time.environment)
        let gate = ScriptedAuthorizer()
        gate.behaviour = .stalls(heedsCancellation: false)
        let question = RLSAuthorizationRequest(
            watcher: try! SIPURI("sip:a@example.org"),
            serviceURI: "",
            owner: .shared,
            event: "",
            request: nil
        )
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<PlugCalls.abandonedLimit {
                group.addTask {
                    let value = await calls.call(within: .seconds(1)) { await gate.authorize(question) }
                    #expect(value == nil)
                }
            }
            await gate.untilAsked(PlugCalls.abandonedLimit)
            alarms.ring(now: .distantFuture)
        }
        #expect(await calls.call(within: .seconds(1)) { true } == nil)
        gate.behaviour = .works
        await eventually { calls.abandonedCount == 0 }
        #expect(await calls.call(within: .seconds(1)) { true } == true)
    }
}
