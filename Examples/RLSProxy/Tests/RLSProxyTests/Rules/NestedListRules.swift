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
    @Suite("Lists in lists, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct NestedListRules {
        private static let type = "multipart/related;type=\"application/rlmi+xml\";start=\"<r@b>\";boundary=inner"

        /// The NOTIFY body of another list server, with one member.
        private static func subList(of list: String, version: Int, isFull: Bool) -> String {
            let rlmi = """
                <list xmlns="urn:ietf:params:xml:ns:rlmi" uri="\(list)" version="\(version)" fullState="\(isFull)">\
                <resource uri="sip:eve@example.net"><instance id="1" state="active" cid="p\(version)@b"/></resource></list>
                """
            let head = "Content-Transfer-Encoding: binary\r\nContent-ID: "
            return """
                --inner\r\n\(head)<r@b>\r\nContent-Type: application/rlmi+xml\r\n\r\n\(rlmi)\r\n\
                --inner\r\n\(head)<p\(version)@b>\r\nContent-Type: application/pidf+xml\r\n\r\n<eve\(version)/>\r\n--inner--
                """
        }

        private static func eve(_ notification: RLSListNotification) throws -> [String] {
            try notification.parts.map { part in
                let inner = try notification.nestedList(part)
                return inner.parts.map { String(decoding: $0.body, as: UTF8.self) }.joined()
            }
        }

        @Test("B16, R4662-110, R4662-112: a member's list is passed on as it came, and not replayed (R4662-113)")
        func subList() async throws {
            try await RulesWorld.run(configure: { $0.lists.nestedLists = true }) { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed { $0.checksKnownState = false }
                let subscribe = try await bob.nextSubscribe()
                // R4662-114.
                #expect(subscribe.text(.supported) == "eventlist")
                let accept = subscribe.headers.values(.accept).map { String(decoding: $0, as: UTF8.self) }
                #expect(Set(accept) == ["application/pidf+xml", "application/rlmi+xml", "multipart/related"])
                bob.answer(subscribe, 200, [(.require, "eventlist")])
                let body = Self.subList(of: bob.resource, version: 0, isFull: true)
                let required = [(SIPHeaderName.require, "eventlist")]
                let first = try await bob.notify(subscribe, body: body, type: Self.type, lines: required)
                #expect(first.statusCode == 200)
                // The strict watcher checks that inner Content-IDs stay inside (R4662-111).
                let shown = try await list.next()
                #expect(shown.parts.map { String(decoding: $0.body, as: UTF8.self) } == [body])
                #expect(shown.parts.map(\.contentType) == [Self.type])
                #expect(try Self.eve(shown) == ["<eve0/>"])
                let change = Self.subList(of: bob.resource, version: 1, isFull: false)
                _ = try await bob.notify(subscribe, cSeq: 2, body: change, type: Self.type, lines: required)
                #expect(try await Self.eve(list.next()) == ["<eve1/>"])

                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                #expect(try await list.next().rlmi.fullState)
                #expect(list.shown(bob.resource) == "-")
                let refresh = try await bob.nextSubscribe()
                #expect(refresh.callID == subscribe.callID)
                bob.answer(refresh)
                let full = Self.subList(of: bob.resource, version: 2, isFull: true)
                _ = try await bob.notify(refresh, cSeq: 3, body: full, type: Self.type, lines: required)
                #expect(try await Self.eve(list.next()) == ["<eve2/>"])
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R4662-114: without nestedLists a member's list is refused, and the member goes on")
        func off() async throws {
            try await RulesWorld.runShowingBob { bob, subscribe, list in
                let body = Self.subList(of: bob.resource, version: 0, isFull: true)
                let required = [(SIPHeaderName.require, "eventlist")]
                for (cSeq, lines, status) in [(2, required, 420), (3, [], 415)] {
                    let answer = try await bob.notify(subscribe, cSeq: cSeq, body: body, type: Self.type, lines: lines)
                    #expect(answer.statusCode == status)
                }
                #expect(try await bob.notify(subscribe, cSeq: 4, body: "<after/>").statusCode == 200)
                try await list.shows("active:<after/>", of: bob.resource)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R4662-116, S-LOOP: our own SUBSCRIBE that comes back is not looked up, whatever list it names")
        func comesBack() async throws {
            let nowhere = try SocketAddress(ipAddress: "127.0.0.1", port: 9)
            let presence = try await SIPPhone.open("sip:presence@example.org", server: nowhere)
            presence.answerRequests { _ in nil }
            let server = try SIPURI(presence.contact)
            let other = "sip:family@example.org"
            try await RulesWorld.run(configure: {
                $0.presenceServer = server
                $0.lists.nestedLists = true
            }) { world in
                // Each list contains the other one.
                world.resolver.setList(RulesWorld.list, [other])
                world.resolver.setList(other, [RulesWorld.list])
                var list = try await world.subscribed()
                var subscribe = try await presence.nextRequest()
                #expect(subscribe.requestURI.elementsEqual(other.utf8))
                #expect(subscribe.text(.supported) == "eventlist")
                // The presence server takes the proxy for the one who knows the list.
                presence.answerRequests { _ in 404 }
                subscribe.headers.remove(.via)
                let relay = try await world.running.phone("sip:relay@example.org")
                #expect(try await relay.send(subscribe).statusCode == 404)
                #expect(try await presence.nextRequest().callID == subscribe.callID)
                #expect(world.resolver.queries.count == 1)
                _ = try await list.send(list.request(expires: 0))
            }
        }
    }
}
