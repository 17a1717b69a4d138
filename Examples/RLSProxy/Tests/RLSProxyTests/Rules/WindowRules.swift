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
    @Suite("When NOTIFYs go out, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct WindowRules {
        private static func window(_ configuration: inout ProxyConfiguration) {
            configuration.lists.waitnTime = .seconds(2)
        }

        @Test("R4662-40, R6446-12: changes within the window are one NOTIFY with the last state of each member")
        func collected() async throws {
            try await RulesWorld.run(configure: Self.window) { world in
                let members = try await world.members("bob", "claire")
                var list = try await world.subscribed()
                var subscribes: [SIPRequest] = []
                for member in members {
                    subscribes.append(try await member.serve())
                }
                for member in members {
                    try await list.shows("active:<open/>", of: member.resource)
                }
                for (cSeq, body) in [(2, "<one/>"), (3, "<two/>"), (4, "<three/>")] {
                    _ = try await members[0].notify(subscribes[0], cSeq: cSeq, body: body)
                }
                await list.expectSilence(for: .milliseconds(100))
                _ = try await members[1].notify(subscribes[1], cSeq: 2, body: "<busy/>")
                let only = try await list.next()
                #expect(!only.rlmi.fullState)
                #expect(list.shown(members[0].resource) == "active:<three/>")
                #expect(list.shown(members[1].resource) == "active:<busy/>")
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-25, R6665-31: a SUBSCRIBE and the end wait for no window, and take changes along")
        func atOnce() async throws {
            try await RulesWorld.runShowingBob(configure: { $0.lists.waitnTime = .seconds(600) }) {
                bob,
                subscribe,
                list in
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<one/>")
                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                #expect(try await list.next().rlmi.fullState)
                #expect(list.shown(bob.resource) == "active:<one/>")
                _ = try await bob.notify(subscribe, cSeq: 3, body: "<two/>")
                #expect(try await list.send(list.request(expires: 0)).statusCode == 200)
                #expect(try await list.next().rlmi.fullState)
                #expect(list.shown(bob.resource) == "active:<two/>")
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-34: a connection that is gone keeps the subscription; the next SUBSCRIBE brings the full state")
        func lostConnection() async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed(over: .tcp) { $0.mayMissNotifies = true }
                let subscribe = try await bob.serve()
                try await list.shows("active:<open/>", of: bob.resource)
                await list.phone.close()
                #expect(try await bob.notify(subscribe, cSeq: 2, body: "<unseen/>").statusCode == 200)
                list.move(to: try await world.running.phone("sip:alice@example.org", over: .tcp))
                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                #expect(try await list.next().rlmi.fullState)
                #expect(list.shown(bob.resource) == "active:<unseen/>")
                _ = try await bob.notify(subscribe, cSeq: 3, body: "<new/>")
                try await list.shows("active:<new/>", of: bob.resource)
                #expect(list.watcher.violations == [])
            }
        }
    }
}
