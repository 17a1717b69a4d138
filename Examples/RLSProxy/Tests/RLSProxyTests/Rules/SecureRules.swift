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
    /// The example has no TLS: what needs it is refused, or not sent.
    @Suite("sips, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct SecureRules {
        @Test(
            "S-DOWN: a sips list is not answered over a transport that everybody can read",
            arguments: [SIPPhone.Transport.udp, .tcp]
        )
        func list(over transport: SIPPhone.Transport) async throws {
            try await RulesWorld.run { world in
                let bob = try await ScriptedNotifier("bob", for: world.running)
                let list = "sips:friends@example.org"
                world.resolver.setList(list, [bob.resource])
                var phone = ListPhone(
                    try await world.running.phone("sip:alice@example.org", over: transport),
                    list: list
                )
                #expect(try await phone.send(phone.request(expires: 600)).statusCode == 403)
                await phone.expectSilence(for: .milliseconds(50))
                await #expect(throws: PhoneError.self) { try await bob.nextSubscribe(within: .milliseconds(50)) }
                #expect(phone.watcher.violations == [])
            }
        }

        @Test("R3261-19: to a sips Contact, or behind a sips route, our Contact is sips", arguments: [true, false])
        func contact(isRoute: Bool) async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.phone(over: .tcp) {
                    if isRoute {
                        // A loose one that nobody needs to pass: the connection is the way.
                        $0.contact = "sip:alice@127.0.0.1:9;transport=tcp"
                    } else {
                        $0.contact = $0.contact.replacing("sip:", with: "sips:")
                    }
                }
                var request = list.request(expires: 600)
                if isRoute {
                    request.headers.append(.recordRoute, "<sips:proxy.example.org;lr>")
                }
                let response = try await isRoute ? list.phone.send(request) : list.send(request)
                #expect(response.statusCode == 200)
                #expect(try response.contacts.map(\.uri.scheme) == [.sips])
                guard !isRoute else { return }
                _ = try await list.next()
                _ = try await bob.serve()
                try await list.shows("active:<open/>", of: bob.resource)
                #expect(try await list.send(list.request(expires: 0)).statusCode == 200)
                _ = try await list.next()
                #expect(list.watcher.phase == .terminated(reason: "timeout"))
                #expect(list.watcher.violations == [])
            }
        }

        @Test("S-DOWN: a sips member is asked over TLS or not at all, and never harms the others")
        func member() async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                let claire = try await ScriptedNotifier("claire", for: world.running)
                let secure = claire.resource.replacing("sip:", with: "sips:")
                world.resolver.setList(RulesWorld.list, [secure, bob.resource])
                var list = try await world.subscribed()
                _ = try await bob.serve()
                try await list.shows("active:<open/>", of: bob.resource)
                try await list.shows("terminated/probation", of: secure)
                await #expect(throws: PhoneError.self) { try await claire.nextSubscribe(within: .zero) }
                #expect(list.watcher.violations == [])
            }
        }
    }
}
