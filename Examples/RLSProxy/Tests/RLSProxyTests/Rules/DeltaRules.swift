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
    @Suite("Packages whose documents are deltas, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct DeltaRules {
        private static let type = "application/dialog-info+xml"

        private func withBob(
            body: (ScriptedNotifier, SIPRequest, inout ListPhone) async throws -> Void
        ) async throws {
            try await RulesWorld.run(configure: {
                $0.lists.eventPackages = [.presence, .dialog]
                $0.lists.maxQueuedDeltas = 3
            }) { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed {
                    $0.event = "dialog"
                    $0.accept = ["\(Self.type), application/rlmi+xml, multipart/related"]
                    $0.checksKnownState = false
                }
                let subscribe = try await bob.nextSubscribe()
                #expect(subscribe.text(.event) == "dialog")
                #expect(subscribe.text(.accept) == Self.type)
                bob.answer(subscribe)
                _ = try await bob.notify(subscribe, body: "<full0/>", type: Self.type)
                try await list.shows("active:<full0/>", of: bob.resource)
                try await body(bob, subscribe, &list)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R4662-57, R6446-13: each delta goes out once and in order, one in a NOTIFY")
        func inOrder() async throws {
            try await self.withBob { bob, subscribe, list in
                list.phone.answerRequests { _ in nil }
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<delta1/>", type: Self.type)
                _ = try await list.nextNotify(answered: .later)
                for number in 2...3 {
                    _ = try await bob.notify(subscribe, cSeq: number + 1, body: "<delta\(number)/>", type: Self.type)
                }
                list.phone.answerRequests { _ in 200 }
                list.answerHeld()
                #expect(list.shown(bob.resource) == "active:<delta1/>")
                for number in 2...3 {
                    _ = try await list.next()
                    #expect(list.shown(bob.resource) == "active:<delta\(number)/>")
                }
                await list.expectSilence(for: .milliseconds(100))
            }
        }

        @Test("R4662-58, MORE-50: a refresh replays no delta, and asks for a full document")
        func refresh() async throws {
            try await self.withBob { bob, subscribe, list in
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<delta1/>", type: Self.type)
                try await list.shows("active:<delta1/>", of: bob.resource)
                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                #expect(try await list.next().rlmi.fullState)
                #expect(list.shown(bob.resource) == "-")
                try await self.expectFull(3, of: bob, after: subscribe, &list)
            }
        }

        @Test("R4662-58, R6665-74: when more deltas wait than there is room for, a full document is asked for")
        func overflow() async throws {
            try await self.withBob { bob, subscribe, list in
                list.phone.answerRequests { _ in nil }
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<delta1/>", type: Self.type)
                _ = try await list.nextNotify(answered: .later)
                for number in 2...5 {
                    _ = try await bob.notify(subscribe, cSeq: number + 1, body: "<delta\(number)/>", type: Self.type)
                }
                list.phone.answerRequests { _ in 200 }
                list.answerHeld()
                try await list.shows("-", of: bob.resource)
                try await self.expectFull(9, of: bob, after: subscribe, &list)
            }
        }

        private func expectFull(
            _ cSeq: Int,
            of bob: ScriptedNotifier,
            after subscribe: SIPRequest,
            _ list: inout ListPhone
        ) async throws {
            let refresh = try await bob.nextSubscribe()
            #expect(refresh.callID == subscribe.callID)
            bob.answer(refresh)
            _ = try await bob.notify(refresh, cSeq: cSeq, body: "<full1/>", type: Self.type)
            try await list.shows("active:<full1/>", of: bob.resource)
        }
    }
}
