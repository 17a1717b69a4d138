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
    @Suite("Every answer to a SUBSCRIBE, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct SubscribeAnswerRules {
        struct Case: Sendable, CustomTestStringConvertible {
            var name: String
            var status: Int
            var header: (SIPHeaderName, String)?
            var expires: UInt32 = 600
            var configure: @Sendable (inout ProxyConfiguration) -> Void = { _ in }
            var list: @Sendable (ScriptedResolver) throws -> Void = { _ in }
            var change: @Sendable (inout SIPRequest) -> Void = { _ in }
            var testDescription: String { self.name }
        }

        static let refusals = [
            Case(name: "R6665-02: no Contact: 400", status: 400, change: { $0.headers.remove(.contact) }),
            Case(
                name: "R4662-30: another user's list: 403",
                status: 403,
                list: { $0.setList(RulesWorld.list, [], owner: try SIPURI("sip:bob@example.org")) }
            ),
            Case(
                name: "S-LOOP: no hop left: 483",
                status: 483,
                change: { $0.headers.replace(.maxForwards, with: "0") }
            ),
            Case(
                name: "R4662-20: Accept without the list's types: 406",
                status: 406,
                change: {
                    $0.headers.replace(.accept, with: "text/plain")
                }
            ),
            Case(
                name: "R3261-09: a body: 415 with Accept",
                status: 415,
                header: (.accept, ""),
                change: {
                    $0.headers.append(.contentType, "text/plain")
                    $0.setBody { $0.append(contentsOf: "x".utf8) }
                }
            ),
            Case(
                name: "R3261-08: an unknown extension: 420",
                status: 420,
                header: (.unsupported, "foo"),
                change: {
                    $0.headers.append(.require, "foo")
                }
            ),
            Case(
                name: "R4662-15: no Supported: 421 by configuration",
                status: 421,
                header: (.require, "eventlist"),
                configure: { $0.lists.requiresEventList = true },
                change: { $0.headers.remove(.supported) }
            ),
            Case(
                name: "R6665-22: too brief: 423",
                status: 423,
                header: (.minExpires, "90"),
                expires: 89,
                configure: { $0.lists.minExpires = 90 }
            ),
            Case(
                name: "R4826-43: a package that the list does not serve: 489",
                status: 489,
                header: (.allowEvents, "presence"),
                list: { $0.setList(RulesWorld.list, [], packages: ["dialog"]) }
            ),
            Case(
                name: "R4826-46: the source of lists is away: 503",
                status: 503,
                header: (.retryAfter, "7"),
                configure: { $0.lists.retryAfter = 7 },
                list: {
                    $0.resolveBehaviour = .fails(RLSResolverError(.unavailable, document: "lists", message: "away"))
                }
            ),
        ]

        @Test(arguments: Self.refusals, [SIPPhone.Transport.udp, .tcp])
        func refuses(test: Case, over transport: SIPPhone.Transport) async throws {
            try await RulesWorld.run(configure: test.configure) { world in
                try test.list(world.resolver)
                var list = try await world.phone(over: transport)
                var request = list.request(expires: test.expires)
                test.change(&request)
                let response = try await list.send(request)
                #expect(response.statusCode == test.status)
                #expect(response.toTag != nil)
                if let (name, value) = test.header {
                    #expect(response.text(name) == value)
                }
                // R6665-54: a refusal is followed by nothing.
                await list.expectSilence(for: .milliseconds(100))
            }
        }

        @Test("R4662-11, R6665-04: 200 with Expires, Contact and Require", arguments: [SIPPhone.Transport.udp, .tcp])
        func serves(over transport: SIPPhone.Transport) async throws {
            try await RulesWorld.run(configure: { $0.lists.maxExpires = 300 }) { world in
                var list = try await world.phone(over: transport)
                let response = try await list.send(list.request(expires: 100_000))
                #expect(response.statusCode == 200)
                #expect(response.text(.expires) == "300")
                #expect(response.text(.require) == "eventlist")
                #expect(response.text(.allowEvents) == "presence")
                #expect(try response.contacts.first?.uri.user == "rls")
                #expect(try await list.next().rlmi.fullState)
                #expect(list.watcher.phase == .active)
                #expect(list.watcher.violations == [])
            }
        }

        @Test(
            "R4662-19, R4662-20: one of the list's types is enough, or both are needed, as configured",
            arguments: [
                (RLSConfiguration.AcceptMode.lenient, "multipart/related", 200), (.lenient, "application/*", 200),
                (.strict, "multipart/related", 406), (.strict, "application/rlmi+xml, application/pidf+xml", 406),
                (.strict, "multipart/related;q=0, application/rlmi+xml", 406),
                (.strict, "application/rlmi+xml, multipart/related", 200), (.strict, "*/*", 200),
            ]
        )
        func acceptMode(_ mode: RLSConfiguration.AcceptMode, accept: String, status: Int) async throws {
            try await RulesWorld.run(configure: { $0.lists.acceptMode = mode }) { world in
                var list = try await world.phone { $0.accept = [accept] }
                let response = try await list.send(list.request(expires: 600))
                #expect(response.statusCode == status)
                if status == 200 {
                    #expect(try await list.next().rlmi.fullState)
                } else {
                    #expect(response.text(.accept) == "multipart/related, application/rlmi+xml")
                    await list.expectSilence(for: .milliseconds(50))
                }
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R3261-07: a merged request: 482; R6665-47: a dialog that is over: 481; R3261-05: an old CSeq: 500")
        func dialogs() async throws {
            try await RulesWorld.run { world in
                var list = try await world.phone()
                let initial = list.request(expires: 600)
                #expect(try await list.send(initial).statusCode == 200)
                _ = try await list.next()
                // The same request by another way: the phone gives it another branch.
                #expect(try await list.phone.send(initial).statusCode == 482)

                let refresh = list.request(expires: 600)
                #expect(try await list.send(refresh).statusCode == 200)
                _ = try await list.next()
                var stale = refresh
                stale.headers.replace(.cSeq, with: "1 SUBSCRIBE")
                #expect(try await list.phone.send(stale).statusCode == 500)

                #expect(try await list.send(list.request(expires: 0)).statusCode == 200)
                _ = try await list.next()
                #expect(list.watcher.violations == [])
                #expect(try await list.phone.send(list.request(expires: 600)).statusCode == 481)
            }
        }

        @Test(
            "R4662-31, R6665-28, R6665-29: what the authoriser says",
            arguments: [
                (RLSAuthorization.allow, 200, StrictWatcher.Phase.active, 1),
                (.pending, 200, .pending, 0), (.hide, 200, .active, 0), (.deny, 403, .refused(403), 0),
            ] as [(RLSAuthorization, Int, StrictWatcher.Phase, Int)]
        )
        func verdict(_ verdict: RLSAuthorization, status: Int, phase: StrictWatcher.Phase, members: Int) async throws {
            let authorizer = ScriptedAuthorizer(verdict)
            try await RulesWorld.run(authorizer: authorizer) { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.phone()
                #expect(try await list.send(list.request(expires: 600)).statusCode == status)
                if status == 200 {
                    #expect(try await list.next().rlmi.resources.count == members)
                }
                #expect(list.watcher.phase == phase)

                // R6665-29: a running subscription follows the next verdict.
                guard verdict == .pending else {
                    if members > 0 {
                        _ = try await bob.serve()
                    }
                    return
                }
                authorizer.verdict = .allow
                await world.running.proxy.lists?.updateSubscriptions(of: nil)
                #expect(try await list.next().rlmi.resources.count == 1)
                #expect(list.watcher.phase == .active)
                _ = try await bob.serve()
                authorizer.verdict = .deny
                await world.running.proxy.lists?.updateSubscriptions(of: nil)
                while case .active = list.watcher.phase {
                    _ = try await list.next()
                }
                #expect(list.watcher.phase == .terminated(reason: "rejected"))
                #expect(list.watcher.violations == [])
            }
        }
    }
}
