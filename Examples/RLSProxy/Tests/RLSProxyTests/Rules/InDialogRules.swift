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
    @Suite("SUBSCRIBEs in the dialog of a watcher, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct InDialogRules {
        struct Refusal: Sendable, CustomTestStringConvertible {
            var name: String
            var status: Int
            var header: (SIPHeaderName, String)?
            var expires: UInt32 = 600
            var change: @Sendable (inout SIPRequest) -> Void = { _ in }
            var testDescription: String { self.name }
        }

        static let refusals = [
            Refusal(name: "R3261-08: an unknown extension", status: 420, header: (.unsupported, "foo")) {
                $0.headers.append(.require, "foo")
            },
            Refusal(name: "R3261-09: a body", status: 415, header: (.accept, "")) {
                $0.headers.append(.contentType, "text/plain")
                $0.setBody { $0.append(contentsOf: "x".utf8) }
            },
            Refusal(name: "R6665-21: another package", status: 489, header: (.allowEvents, "presence")) {
                $0.headers.replace(.event, with: "dialog")
            },
            Refusal(name: "R6665-43: another id", status: 403) { $0.headers.replace(.event, with: "presence;id=2") },
            Refusal(name: "R6665-09: Accept without the list's types", status: 406) {
                $0.headers.replace(.accept, with: "text/plain")
            },
            Refusal(name: "R6665-23: too brief", status: 423, header: (.minExpires, "90"), expires: 89),
            Refusal(name: "no Contact", status: 400) { $0.headers.remove(.contact) },
        ]

        @Test("R3261-22: a refused refresh changes nothing, and no NOTIFY follows it", arguments: Self.refusals)
        func refuses(test: Refusal) async throws {
            try await RulesWorld.run(configure: { $0.lists.minExpires = 90 }) { world in
                var list = try await world.subscribed()
                var request = list.request(expires: test.expires)
                test.change(&request)
                // RFC 6665 §4.1.2.2: to a strict watcher a 489 would be the end.
                let response = try await test.status == 489 ? list.phone.send(request) : list.send(request)
                #expect(response.statusCode == test.status)
                if let (name, value) = test.header {
                    #expect(response.text(name) == value)
                }
                await list.expectSilence(for: .milliseconds(50))
                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                #expect(try await list.next().rlmi.version == 1)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-30, R6665-36, R6665-56: a refresh may shorten and is granted no more than asked")
        func intervals() async throws {
            try await RulesWorld.run(configure: { $0.lists.maxExpires = 500 }) { world in
                var list = try await world.subscribed()
                for (asked, granted) in [(100, 100), (10_000, 500), (300, 300)] as [(UInt32, Int)] {
                    let response = try await list.send(list.request(expires: asked))
                    #expect(response.text(.expires) == String(granted))
                    // The watcher checks `expires` of the NOTIFY against what was granted.
                    #expect(try await list.next().rlmi.fullState)
                }
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-53: a refresh while a NOTIFY is under way is answered; its full NOTIFY follows that one")
        func refreshDuringNotify() async throws {
            try await RulesWorld.runShowingBob { bob, subscribe, list in
                list.phone.answerRequests { _ in nil }
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<new/>")
                _ = try await list.nextNotify(answered: .later)
                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                await list.expectSilence(for: .milliseconds(100))
                list.phone.answerRequests { _ in 200 }
                list.answerHeld()
                #expect(try await list.next().rlmi.fullState)
                #expect(list.shown(bob.resource) == "active:<new/>")
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-45: a CANCEL is answered, and the SUBSCRIBE goes on; of an unknown request: 481")
        func cancel() async throws {
            try await RulesWorld.run { world in
                world.resolver.resolveBehaviour = .stalls(heedsCancellation: true)
                var list = try await world.phone()
                let branch = "z9hG4bKcancelled"
                var request = list.request(expires: 600)
                request.headers.prepend(.via, "SIP/2.0/UDP 127.0.0.1:\(list.phone.address.port ?? 0);branch=\(branch)")
                var cancel = SIPRequest(.cancel, uri: RulesWorld.list)
                for name in [SIPHeaderName.via, .from, .to, .callID] {
                    cancel.headers.append(name, request.headers.first(name) ?? [])
                }
                cancel.headers.append(.maxForwards, "70")
                cancel.headers.append(.cSeq, "\(try request.cSeq.number) CANCEL")
                list.phone.send(bytes: request.bytes)
                await world.resolver.untilResolved(1)
                let cancelled = try await list.phone.exchange(cancel.bytes, branch: branch)
                #expect(cancelled.statusCode == 200)
                #expect(try cancelled.cSeq.method == .cancel)

                world.resolver.resolveBehaviour = .works
                // A repeat: makes no second subscription, and gets the one answer.
                let answer = try await list.phone.exchange(request.bytes, branch: branch)
                #expect(answer.statusCode == 200)
                #expect(try answer.cSeq.method == .subscribe)
                #expect(try await list.phone.nextRequest().text(.subscriptionState)?.hasPrefix("active") == true)
                #expect(world.resolver.resolved.count == 1)

                cancel.headers.removeFirstValue(.via)
                #expect(try await list.phone.send(cancel).statusCode == 481)
            }
        }
    }
}
