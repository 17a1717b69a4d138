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
    @Suite("The dialog of a watcher, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct WatcherDialogRules {
        @Test("R6665-32, R4662-59: a fetch is answered with the final NOTIFY at once, and asks nobody")
        func fetch() async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.phone()
                #expect(try await list.send(list.request(expires: 0)).statusCode == 200)
                let only = try await list.next()
                #expect(only.rlmi.fullState)
                #expect(only.rlmi.resources.map(\.uri) == [bob.resource])
                #expect(list.watcher.phase == .terminated(reason: "timeout"))
                #expect(list.watcher.violations == [])
                await #expect(throws: PhoneError.self) { try await bob.nextSubscribe(within: .milliseconds(200)) }
            }
        }

        @Test("R6665-44: several dialogs of one watcher, with event ids, stand beside each other")
        func severalDialogs() async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                // Each dialog with a back-end subscription of its own.
                var lists: [ListPhone] = []
                var subscribes: [SIPRequest] = []
                for id in [nil, "one", "two"] as [String?] {
                    lists.append(try await world.subscribed { $0.eventID = id })
                    subscribes.append(try await bob.serve("<\(id ?? "none")/>"))
                }
                #expect(Set(subscribes.compactMap(\.callID)).count == 3)
                for (index, id) in ["none", "one", "two"].enumerated() {
                    try await lists[index].shows("active:<\(id)/>", of: bob.resource)
                }
                #expect(try await lists[1].send(lists[1].request(expires: 0)).statusCode == 200)
                _ = try await lists[1].next()
                #expect(lists[1].watcher.phase == .terminated(reason: "timeout"))
                #expect(try await bob.notify(subscribes[2], cSeq: 2, body: "<new/>").statusCode == 200)
                try await lists[2].shows("active:<new/>", of: bob.resource)
                #expect(lists.flatMap(\.watcher.violations) == [])
            }
        }

        @Test("R3261-20: the Contact of a refresh moves the target", arguments: [SIPPhone.Transport.udp, .tcp])
        func targetRefresh(to transport: SIPPhone.Transport) async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed()
                let subscribe = try await bob.serve()
                try await list.shows("active:<open/>", of: bob.resource)
                list.move(to: try await world.running.phone("sip:alice@example.org", over: transport))
                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                #expect(try await list.next().rlmi.fullState)
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<moved/>")
                try await list.shows("active:<moved/>", of: bob.resource)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-50, R3261-03: NOTIFYs follow the route set; Contact, Call-ID and tags of any length")
        func routesAndLengths() async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed {
                    let port = $0.contact.split(separator: ":").last ?? ""
                    let long = String(repeating: "long", count: 300)
                    $0.recordRoutes = ["<sip:127.0.0.1:\(port);lr>", "<sip:far.example.com;lr;x=\(long)>"]
                    // Reached by the route only.
                    $0.contact = "sip:alice@192.0.2.1:5070;x=\(long)"
                    $0.callID = "\(long)@phone"
                    $0.tag = long
                }
                _ = try await bob.serve()
                try await list.shows("active:<open/>", of: bob.resource)
                #expect(try await list.send(list.request(expires: 0)).statusCode == 200)
                _ = try await list.next()
                #expect(list.watcher.phase == .terminated(reason: "timeout"))
                #expect(list.watcher.violations == [])
            }
        }

        @Test(
            "R4662-51, R4662-54: full state after each SUBSCRIBE, partial between",
            arguments: [SIPPhone.Transport.udp, .tcp]
        )
        func fullAndPartial(over transport: SIPPhone.Transport) async throws {
            try await RulesWorld.run { world in
                let members = try await world.members("bob", "claire")
                var list = try await world.subscribed(over: transport)
                let subscribe = try await members[0].serve()
                _ = try await members[1].serve("<closed/>")
                try await list.shows("active:<open/>", of: members[0].resource)
                try await list.shows("active:<closed/>", of: members[1].resource)

                _ = try await members[0].notify(subscribe, cSeq: 2, body: "<busy/>")
                let partial = try await list.next()
                #expect(!partial.rlmi.fullState)
                #expect(partial.rlmi.resources.map(\.uri) == [members[0].resource])

                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                let full = try await list.next()
                #expect(full.rlmi.fullState)
                #expect(full.parts.count == 2)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-51: one NOTIFY in flight; what comes meanwhile goes out together")
        func oneInFlight() async throws {
            try await RulesWorld.runShowingBob { bob, subscribe, list in
                list.phone.answerRequests { _ in nil }
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<two/>")
                _ = try await list.nextNotify(answered: .later)
                _ = try await bob.notify(subscribe, cSeq: 3, body: "<three/>")
                _ = try await bob.notify(subscribe, cSeq: 4, body: "<four/>")
                await list.expectSilence()
                list.phone.answerRequests { _ in 200 }
                list.answerHeld()
                #expect(list.shown(bob.resource) == "active:<two/>")
                _ = try await list.next()
                #expect(list.shown(bob.resource) == "active:<four/>")
                #expect(list.watcher.violations == [])
            }
        }

        @Test("S-SIZE: a NOTIFY over the limit is split into a full one and partial ones")
        func splitting() async throws {
            try await RulesWorld.run(configure: { $0.lists.maxNotifyBodySize = 4000 }) { world in
                let members = try await world.members("bob", "claire", "dave", "eve")
                var list = try await world.subscribed { $0.checksKnownState = false }
                let body = "<p>\(String(repeating: "x", count: 1500))</p>"
                for member in members {
                    _ = try await member.serve(body)
                }
                for member in members {
                    try await list.shows("active:\(body)", of: member.resource)
                }
                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                let full = try await list.next()
                #expect(full.rlmi.fullState)
                #expect(full.rlmi.resources.count == 4)
                #expect(full.parts.count < 4)
                for member in members {
                    try await list.shows("active:\(body)", of: member.resource)
                }
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-31: what is not refreshed ends with timeout")
        func expiry() async throws {
            try await RulesWorld.run(configure: { $0.lists.minExpires = 1 }) { world in
                var list = try await world.phone()
                #expect(try await list.send(list.request(expires: 1)).statusCode == 200)
                while case .asking = list.watcher.phase {
                    _ = try await list.next()
                }
                _ = try await list.next()
                #expect(list.watcher.phase == .terminated(reason: "timeout"))
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-41: a drained server tells every dialog deactivated")
        func drain() async throws {
            var kept: [ListPhone] = []
            try await RulesWorld.run { world in
                for _ in 0..<3 {
                    kept.append(try await world.subscribed())
                }
            }
            for var list in kept {
                _ = try await list.next()
                #expect(list.watcher.phase == .terminated(reason: "deactivated"))
                #expect(list.watcher.violations == [])
            }
        }
    }
}
