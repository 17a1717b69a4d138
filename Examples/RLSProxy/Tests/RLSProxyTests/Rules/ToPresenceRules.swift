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
    @Suite("What is not for the list server goes to presence, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct ToPresenceRules {
        struct Case: Sendable, CustomTestStringConvertible {
            var name: String
            var change: @Sendable (inout SIPRequest) -> Void
            var testDescription: String { self.name }
        }

        static let cases = [
            Case(name: "R6665-07: no Event") { $0.headers.remove(.event) },
            Case(name: "R6665-21: a package that is not served") { $0.headers.replace(.event, with: "dialog") },
            Case(name: "R6665-10: packages differ by case") { $0.headers.replace(.event, with: "Presence") },
            Case(name: "R4662-15: no eventlist") { $0.headers.remove(.supported) },
            Case(name: "R4662-16: no list at this URI") { $0.requestURI = Array("sip:nobody@example.org".utf8)[...] },
            Case(name: "R3261-06: a To tag that is not ours") {
                $0.headers.replace(.to, with: "<\(RulesWorld.list)>;tag=theirs")
            },
        ]

        @Test("the presence server gets it as it came and answers it", arguments: Self.cases)
        func forwarded(test: Case) async throws {
            let nowhere = try SocketAddress(ipAddress: "127.0.0.1", port: 9)
            let presence = try await SIPPhone.open("sip:presence@example.org", server: nowhere)
            presence.answerRequests { _ in 480 }
            let server = try SIPURI(presence.contact)
            try await RulesWorld.run(configure: { $0.presenceServer = server }) { world in
                var list = try await world.phone()
                var request = list.request(expires: 600)
                test.change(&request)
                #expect(try await list.phone.send(request).statusCode == 480)
                let seen = try await presence.nextRequest()
                #expect(seen.method == .subscribe)
                #expect(seen.requestURI == request.requestURI)
                for name in [SIPHeaderName.event, .supported, .to, .from, .callID, .cSeq, .contact, .expires, .accept] {
                    #expect(seen.text(name) == request.text(name))
                }
                await list.expectSilence(for: .milliseconds(50))
            }
        }

        @Test("R4662-15: at the URI of a list the built-in presence agent answers who knows no lists")
        func builtIn() async throws {
            try await RulesWorld.run { world in
                let list = try await world.phone()
                var plain = PhoneSubscription(to: RulesWorld.list, isList: false)
                let response = try await list.phone.send(plain.request(from: list.phone, expires: 600))
                #expect(response.statusCode == 200)
                #expect(!response.headers.contains(.require, token: "eventlist"))
                #expect(try await list.phone.nextRequest().body.isEmpty)
            }
        }
    }
}
