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
    @Suite("NOTIFYs that fail, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct NotifyFailureRules {
        @Test(
            "R6665-35: an answer that ends the usage ends the subscription, and its back-ends are unsubscribed",
            arguments: [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]
        )
        func ends(status: Int) async throws {
            try await RulesWorld.runShowingBob { bob, subscribe, list in
                list.phone.answerRequests { _ in status }
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<new/>")
                _ = try await list.nextNotify(answered: .refuse(status))
                let end = try await bob.nextSubscribe()
                #expect(end.callID == subscribe.callID)
                #expect(end.text(.expires) == "0")
                #expect(try await list.phone.send(list.request(expires: 600)).statusCode == 481)
                #expect(list.watcher.violations == [])
            }
        }

        @Test(
            "R6665-35: every other answer keeps it, and the next NOTIFY is full",
            arguments: [400, 403, 500, 503, 600]
        )
        func keeps(status: Int) async throws {
            try await RulesWorld.runShowingBob { bob, subscribe, list in
                list.phone.answerRequests { _ in nil }
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<new/>")
                let refused = try await list.nextNotify(answered: .refuse(status, retryAfter: 1))
                list.phone.answerRequests { _ in 200 }
                var response = SIPResponse(to: refused, status)
                response.headers.append(.retryAfter, "1")
                list.phone.send(bytes: response.bytes)
                // R3261-24: after Retry-After.
                let next = try await list.next()
                #expect(next.rlmi.fullState)
                #expect(list.shown(bob.resource) == "active:<new/>")
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-34: one NOTIFY without answer keeps it, and the next is full")
        func silence() async throws {
            try await RulesWorld.runShowingBob(configure: { $0.timers.t1 = .milliseconds(15) }) {
                bob,
                subscribe,
                list in
                list.phone.answerRequests { _ in nil }
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<new/>")
                _ = try await list.nextNotify(answered: .silence)
                await list.expectSilence(for: .milliseconds(64 * 15 + 100))
                list.gaveUp()
                list.phone.answerRequests { _ in 200 }
                let next = try await list.next()
                #expect(next.rlmi.fullState)
                #expect(list.shown(bob.resource) == "active:<new/>")
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-34: so many time-outs as configured end it")
        func timeouts() async throws {
            try await RulesWorld.runShowingBob(
                configure: {
                    $0.timers.t1 = .milliseconds(15)
                    $0.lists.notifyTimeoutLimit = 1
                }
            ) { bob, subscribe, list in
                list.phone.answerRequests { _ in nil }
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<new/>")
                _ = try await list.nextNotify(answered: .silence)
                let end = try await bob.nextSubscribe()
                #expect(end.text(.expires) == "0")
                #expect(try await list.phone.send(list.request(expires: 600)).statusCode == 481)
            }
        }
    }
}
