// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import RLSTestKit
import ResourceListServer
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

extension Rules {
    @Suite("What stands in NOTIFYs, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct ContentRules {
        @Test("R4662-71: names of the list and of its entries, with their language")
        func names() async throws {
            try await RulesWorld.run { world in
                let bob = try await ScriptedNotifier("bob", for: world.running)
                let entry = RLSListEntry(
                    uri: bob.resource,
                    target: try SIPURI(bob.resource),
                    names: [RLSDisplayName("Bob <&\"> é"), RLSDisplayName("Robert", language: "fr")]
                )
                world.resolver.setList(
                    RulesWorld.list,
                    entries: [entry],
                    names: [RLSDisplayName("Friends", language: "en")]
                )
                var list = try await world.phone()
                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                let first = try await list.next()
                #expect(first.rlmi.names == [RLSDisplayName("Friends", language: "en")])
                #expect(first.rlmi.resources.map(\.names) == [entry.names])
                _ = try await bob.serve()
                // R4662-54: a partial document has those of the resources that are in it.
                #expect(try await list.next().rlmi.resources.map(\.names) == [entry.names])
                #expect(list.watcher.violations == [])
            }
        }

        @Test(
            "R4662-125: bodies byte for byte with their Content-Type, over UDP and TCP",
            arguments: [SIPPhone.Transport.udp, .tcp]
        )
        func bytes(over transport: SIPPhone.Transport) async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed(over: transport)
                let subscribe = try await bob.nextSubscribe()
                bob.answer(subscribe)
                let body = "\r\n  <a>\u{0}\u{1}é</a>\r\n--x--\r\n\r\n" + String(repeating: "\n--", count: 10_000)
                let type = "application/pidf+xml;charset=\"UTF-8\";x=y"
                _ = try await bob.notify(subscribe, body: body, type: type)
                try await list.shows("active:\(body)", of: bob.resource)
                #expect(list.watcher.table[bob.resource]?.instances.first?.contentType == type)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R4662-56: a member that left the list disappears, one that came is asked, with full state at once")
        func changedList() async throws {
            try await RulesWorld.run { world in
                let members = try await world.members("bob", "claire")
                var list = try await world.subscribed()
                let subscribe = try await members[0].serve()
                _ = try await members[1].serve("<closed/>")
                try await list.shows("active:<open/>", of: members[0].resource)
                try await list.shows("active:<closed/>", of: members[1].resource)
                let dave = try await ScriptedNotifier("dave", for: world.running)
                world.resolver.setList(RulesWorld.list, [dave.resource, members[1].resource])
                world.resolver.announce(.documents([RulesWorld.list]))
                let changed = try await list.next()
                #expect(changed.rlmi.fullState)
                #expect(changed.rlmi.resources.map(\.uri) == [dave.resource, members[1].resource])
                #expect(list.shown(members[0].resource) == "-")
                #expect(list.shown(members[1].resource) == "active:<closed/>")
                let end = try await members[0].nextSubscribe()
                #expect(end.callID == subscribe.callID)
                #expect(end.text(.expires) == "0")
                _ = try await dave.serve("<new/>")
                try await list.shows("active:<new/>", of: dave.resource)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("CLIENTS.md: old linphone gets the form that it reads, and others the RFC's")
        func legacy() async throws {
            try await RulesWorld.run(configure: { $0.lists.legacyUserAgents = ["Linphone"] }) { world in
                let bob = try await world.members("bob")[0]
                var subscribes: [SIPRequest] = []
                var lists: [ListPhone] = []
                for isOld in [true, false] {
                    // The strict watcher wants exactly one of the two forms.
                    var list = try await world.subscribed {
                        $0.userAgent = isOld ? "Linphone/5.1.65 (belle-sip/5.1)" : "sipsimple"
                        $0.style = isOld ? .legacyLinphone : .standard
                    }
                    subscribes.append(try await bob.serve())
                    try await list.shows("active:<open/>", of: bob.resource)
                    lists.append(list)
                }
                for index in lists.indices {
                    // To the presence server nothing is different.
                    #expect(subscribes[index].text(.event) == "presence")
                    #expect(try await lists[index].send(lists[index].request(expires: 0)).statusCode == 200)
                    _ = try await lists[index].next()
                    #expect(lists[index].watcher.phase == .terminated(reason: "timeout"))
                    #expect(lists[index].watcher.violations == [])
                }
            }
        }

        @Test("S-SIZE: a state too large for any NOTIFY is left out, holds up no others, and comes when it is smaller")
        func oversized() async throws {
            try await RulesWorld.run(configure: { $0.lists.maxNotifyBodySize = 4_000 }) { world in
                let members = try await world.members("bob", "claire")
                var list = try await world.subscribed { $0.checksKnownState = false }
                let subscribe = try await members[0].serve(String(repeating: "x", count: 5_000))
                _ = try await members[1].serve("<closed/>")
                try await list.shows("active:<closed/>", of: members[1].resource)
                #expect(list.shown(members[0].resource) == "-")
                await list.expectSilence(for: .milliseconds(100))
                _ = try await members[0].notify(subscribe, cSeq: 2, body: "<small/>")
                try await list.shows("active:<small/>", of: members[0].resource)
                #expect(list.watcher.violations == [])
            }
        }
    }
}
