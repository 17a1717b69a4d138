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
    /// However late something is taken here, it cannot have left sooner: only so much is asked of the clock.
    @Suite("When presence servers are asked again, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct AskAgainRules {
        @Test("S-REFRESH: the pauses after failures double, up to the longest one")
        func backOff() async throws {
            try await RulesWorld.run(configure: {
                $0.lists.backendRetryInitial = .milliseconds(60)
                $0.lists.backendRetryMaximum = .milliseconds(240)
            }) { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed()
                var subscribe = try await bob.nextSubscribe()
                // Doubled so often, the last one would be waited for in vain.
                for pause in [60, 120] + Array(repeating: 240, count: 7) as [Int64] {
                    let failed = NIODeadline.now()
                    bob.answer(subscribe, 500)
                    let again = try await bob.nextSubscribe()
                    // A quarter of each pause is left to chance.
                    #expect(NIODeadline.now() - failed >= .milliseconds(pause * 3 / 4))
                    #expect(again.callID != subscribe.callID)
                    subscribe = again
                }
                try await list.shows("terminated/probation", of: bob.resource)
                bob.answer(subscribe)
                _ = try await bob.notify(subscribe, body: "<back/>")
                try await list.shows("active:<back/>", of: bob.resource)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-76, S-REFRESH: what was granted one after the other is refreshed in the window, in any order")
        func refreshJitter() async throws {
            // Of a hundred seconds.
            try await RulesWorld.run(configure: { $0.lists.backendRefreshWindow = 0.01...0.025 }) { world in
                // One socket for all: what comes first there has left first.
                let server = try await ScriptedNotifier("member", for: world.running)
                let host = server.resource.drop { $0 != "@" }
                let members = (0..<10).map { "sip:m\($0)\(host)" }
                world.resolver.setList(RulesWorld.list, members)
                var list = try await world.subscribed()
                var granted: [SIPBytes] = []
                var refreshes: [SIPRequest] = []
                var began: [SIPBytes: NIODeadline] = [:]
                while refreshes.count < members.count {
                    let subscribe = try await server.nextSubscribe()
                    let call = try #require(subscribe.callID)
                    guard subscribe.toTag == nil else {
                        #expect(NIODeadline.now() - (try #require(began[call])) >= .milliseconds(990))
                        refreshes.append(subscribe)
                        continue
                    }
                    granted.append(call)
                    began[call] = .now()
                    server.answer(subscribe, 200, [(.expires, "100")])
                    _ = try await server.notify(subscribe, state: "active;expires=100", body: "<open/>")
                    // The window of the NOTIFY keeps the grants apart: without chance, refreshes would follow their order.
                    let uri = String(decoding: subscribe.requestURI, as: UTF8.self)
                    try await list.shows("active:<open/>", of: uri)
                }
                #expect(Set(refreshes.compactMap(\.callID)) == Set(granted))
                #expect(refreshes.compactMap(\.callID) != granted)
                for refresh in refreshes {
                    server.answer(refresh)
                }
                #expect(list.watcher.violations == [])
            }
        }
    }
}
