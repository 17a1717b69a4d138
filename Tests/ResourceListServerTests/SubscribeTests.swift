// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct SubscribeTests {
    static let notOurs = [RLSAction.toPresenceCode(10)]

    @Test("R6665-25: a list subscription is answered, notified at once, and its members are subscribed to")
    func listSubscription() async throws {
        let world = ServerHarness()
        try await world.running {
            let actions = await world.subscribe()
            #expect(actions.status == 200)
            #expect(actions.notifies.count == 1)
            #expect(actions.subscribes.count == 2)
            guard case .reply? = actions.first else { return #expect(Bool(false), "the reply comes first") }
            #expect(world.server.statistics.listDialogs == 1)
            #expect(world.server.statistics.backends == 2)
            #expect(world.resolver.queries.map(\.watcher.text) == ["sip:alice@example.org"])
        }
    }

    @Test("Without eventlist, or for another event, no plug is asked", arguments: ["Supported: -", "Event: dialog"])
    func notForAList(line: String) async throws {
        let world = ServerHarness()
        try await world.running {
            #expect(await world.subscribe(lines: [line]) == Self.notOurs)
            #expect(world.resolver.queries.isEmpty)
        }
    }

    @Test("A URI that is no list goes to presence before anything else is judged")
    func noList() async throws {
        let world = ServerHarness()
        try await world.running {
            // Much is wrong with it, and none of it is ours to say.
            let actions = await world.subscribe(
                expires: 1,
                uri: "sip:bob@example.org",
                lines: ["Contact: -", "Require: foo", "Accept: text/plain"]
            )
            #expect(actions == Self.notOurs)
            #expect(world.authorizer.asked.isEmpty)
        }
    }

    @Test(
        "400, 420 and 489 come before the authoriser",
        arguments: [(400, ["Contact: -"]), (420, ["Require: foo"]), (489, ["X: y"])]
    )
    func beforeTheAuthoriser(status: Int, lines: [String]) async throws {
        let world = ServerHarness()
        if status == 489 {
            world.resolver.setList(ServerHarness.listURI, ["sip:bob@example.org"], packages: ["dialog"])
        }
        try await world.running {
            #expect(await world.subscribe(lines: lines).status == status)
            #expect(world.authorizer.asked.isEmpty)
            #expect(world.resolver.resolved.isEmpty)
        }
    }

    @Test("R3261-07: a merged request gets 482 before the authoriser")
    func merged() async throws {
        let world = ServerHarness()
        try await world.running {
            #expect(await world.subscribe().status == 200)
            #expect(await world.subscribe().status == 482)
            #expect(world.authorizer.asked.count == 1)
        }
    }

    @Test(
        "403, 406 and 423 come after the authoriser and before the list is fetched",
        arguments: [
            (403, RLSAuthorization.deny, 600 as UInt32, "X: y"), (406, .allow, 600, "Accept: text/plain"),
            (423, .allow, 30, "X: y"),
        ]
    )
    func beforeTheList(status: Int, verdict: RLSAuthorization, expires: UInt32, line: String) async throws {
        let world = ServerHarness()
        world.authorizer.verdict = verdict
        try await world.running {
            #expect(await world.subscribe(expires: expires, lines: [line]).status == status)
            #expect(world.authorizer.asked.count == 1)
            #expect(world.resolver.resolved.isEmpty)
            #expect(world.server.statistics.listDialogs == 0)
        }
    }

    @Test("Pending and hide are accepted without fetching the list", arguments: [RLSAuthorization.pending, .hide])
    func withoutList(verdict: RLSAuthorization) async throws {
        let world = ServerHarness()
        world.authorizer.verdict = verdict
        try await world.running {
            let actions = await world.subscribe()
            #expect(actions.status == 200)
            #expect(actions.notifies.count == 1)
            #expect(actions.subscribes.isEmpty)
            #expect(world.resolver.resolved.isEmpty)
            let state = actions.notifies.first?.request.text(.subscriptionState) ?? ""
            #expect(state.hasPrefix(verdict == .pending ? "pending" : "active"))
        }
    }

    @Test(
        "A resolver's failure decides the status: R4826-45, R4826-46",
        arguments: [
            (RLSResolverError.Code.unavailable, 503, RLSEvent.Kind.resolverFailed),
            (.badDocument, 500, .documentRefused), (.badReference, 502, .documentRefused),
            (.tooLarge, 403, .documentRefused), (.credentialsRefused, 503, .credentialsRefused),
        ]
    )
    func resolverFails(code: RLSResolverError.Code, status: Int, kind: RLSEvent.Kind) async throws {
        let world = ServerHarness()
        let error = RLSResolverError(code, document: "doc", message: "why", retryAfter: .seconds(77))
        try await world.running {
            world.resolver.findBehaviour = .fails(error)
            let unfound = await world.subscribe()
            #expect(unfound.status == status)
            #expect(unfound.retryAfter == (status == 503 ? "77" : nil))
            world.resolver.findBehaviour = .works
            world.resolver.resolveBehaviour = .fails(error)
            #expect(await world.subscribe(callID: "other").status == status)
            #expect(world.observer.events(kind).map(\.subject) == ["doc", "doc"])
            #expect(world.server.statistics.listDialogs == 0)
        }
    }

    @Test("A service that is gone between the two questions is not a list")
    func goneMeanwhile() async throws {
        let world = ServerHarness()
        try await world.running {
            world.resolver.resolveBehaviour = .stalls(heedsCancellation: true)
            async let answer = world.subscribe()
            await world.resolver.untilResolved(1)
            world.resolver.removeList(ServerHarness.listURI)
            world.resolver.resolveBehaviour = .works
            #expect(await answer == Self.notOurs)
        }
    }

    @Test("R4662-59: a fetch touches neither store nor back-ends")
    func fetch() async throws {
        let store = InMemoryStore()
        let world = ServerHarness(store: store)
        try await world.running {
            let actions = await world.subscribe(expires: 0)
            #expect(actions.status == 200)
            #expect(actions.notifies.count == 1)
            #expect(actions.subscribes.isEmpty)
            #expect(store.attempts.isEmpty)
        }
    }

    @Test("maxListsPerWatcher counts list subscriptions in all shards")
    func listsPerWatcher() async throws {
        let world = ServerHarness { $0.maxListsPerWatcher = 3 }
        try await world.running {
            for number in 0..<3 {
                #expect(await world.subscribe(callID: "call-\(number)").status == 200)
            }
            #expect(await world.subscribe(callID: "call-3").status == 403)
        }
    }

    @Test("R3261-40, R6665-46: capabilities follow the configuration, and template packages are not listed")
    func capabilities() {
        let world = ServerHarness { $0.eventPackages = [.presence, .dialog, .presenceWinfo] }
        let capabilities = world.server.capabilities
        #expect(capabilities.allowEvents == ["presence", "dialog"])
        #expect(capabilities.supported == ["eventlist"])
        #expect(
            capabilities.accept == [
                "application/pidf+xml", "application/dialog-info+xml", "application/watcherinfo+xml",
            ]
        )
        #expect(capabilities.allow.contains("SUBSCRIBE"))
    }
}
