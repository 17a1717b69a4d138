// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import RLSTestKit
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

extension Rules {
    @Suite("Limits, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct LimitRules {
        private static let tom = "sip:tom@example.org"

        @Test("S-RES: more list subscriptions than the server holds: 503 with Retry-After, until one ends")
        func listDialogs() async throws {
            try await RulesWorld.run(configure: {
                // A limit is shared out among the shards.
                $0.lists.shards = 1
                $0.lists.maxListDialogs = 1
                $0.lists.retryAfter = 7
            }) { world in
                var alice = try await world.subscribed()
                var tom = try await world.phone(of: Self.tom)
                try await Self.expectOverload(tom.send(tom.request(expires: 600)), of: tom)
                // Who is served already is not harmed, and a fetch holds nothing.
                #expect(try await alice.send(alice.request(expires: 600)).statusCode == 200)
                #expect(try await alice.next().rlmi.fullState)
                var fetch = try await world.phone(of: Self.tom)
                #expect(try await fetch.send(fetch.request(expires: 0)).statusCode == 200)
                _ = try await fetch.next()

                #expect(try await alice.send(alice.request(expires: 0)).statusCode == 200)
                _ = try await alice.next()
                #expect(alice.watcher.violations == [])
                let again = try await world.subscribed(as: Self.tom)
                #expect(again.watcher.violations == [])
            }
        }

        @Test("S-AMP: a list with more members than the server may subscribe to: 503, and no packet to any of them")
        func backends() async throws {
            try await RulesWorld.run(configure: {
                $0.lists.shards = 1
                $0.lists.maxBackends = 2
                $0.lists.retryAfter = 7
            }) { world in
                let members = try await world.members("bob", "claire", "dave")
                var list = try await world.phone()
                try await Self.expectOverload(list.send(list.request(expires: 600)), of: list)
                world.resolver.setList(RulesWorld.list, members.dropLast().map(\.resource))
                var next = try await world.subscribed()
                for member in members.dropLast() {
                    // The first that it is asked for: nothing was for the refused list.
                    _ = try await member.serve()
                    try await next.shows("active:<open/>", of: member.resource)
                }
                await #expect(throws: PhoneError.self) { try await members[2].nextSubscribe(within: .zero) }
                #expect(next.watcher.violations == [])
            }
        }

        @Test("S-RES: more lists than one watcher may hold: 403, in whichever shard, and others are served")
        func listsPerWatcher() async throws {
            try await RulesWorld.run(configure: { $0.lists.maxListsPerWatcher = 3 }) { world in
                for _ in 0..<3 {
                    _ = try await world.subscribed()
                }
                for _ in 0..<4 {
                    var more = try await world.phone()
                    #expect(try await more.send(more.request(expires: 600)).statusCode == 403)
                }
                _ = try await world.subscribed(as: Self.tom)
            }
        }

        @Test(
            "S-AMP: of a list that is too long the first entries are served, or it is refused",
            arguments: [true, false]
        )
        func entries(isStrict: Bool) async throws {
            try await RulesWorld.run(configure: {
                $0.lists.maxEntriesPerList = 1
                $0.lists.entryLimitPolicy = isStrict ? .strict : .partial
            }) { world in
                let members = try await world.members("bob", "claire")
                var list = try await world.phone()
                let response = try await list.send(list.request(expires: 600))
                guard !isStrict else { return #expect(response.statusCode == 403) }
                #expect(response.statusCode == 200)
                #expect(try await list.next().rlmi.resources.map(\.uri) == [members[0].resource])
                _ = try await members[0].serve()
                try await list.shows("active:<open/>", of: members[0].resource)
                #expect(list.watcher.violations == [])
            }
        }

        private static func expectOverload(_ response: SIPResponse, of list: ListPhone) async {
            #expect(response.statusCode == 503)
            #expect(response.text(.retryAfter) == "7")
            #expect(response.toTag != nil)
            await list.expectSilence(for: .milliseconds(100))
        }
    }
}
