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
    @Suite("Whose back-end subscriptions they are and how they end, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct BackendLifeRules {
        /// Of a minute the refresh comes after a second.
        private static func refreshesEarly(_ configuration: inout ProxyConfiguration) {
            configuration.lists.backendRefreshWindow = 0.015...0.016
        }

        @Test("R4662-123, S-LEAK: what a member tells one watcher the other is not shown")
        func twoWatchers() async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                var phones: [String: ListPhone] = [:]
                var subscribes: [String: SIPRequest] = [:]
                for name in ["alice", "tom"] {
                    phones[name] = try await world.subscribed(as: "sip:\(name)@example.org")
                    let subscribe = try await bob.serve("<for-\(name)/>")
                    #expect(subscribe.text(.from)?.hasPrefix("<sip:\(name)@example.org>;tag=") == true)
                    subscribes[name] = subscribe
                    try await phones[name]?.shows("active:<for-\(name)/>", of: bob.resource)
                }
                // Bob turns Tom away: Alice learns nothing of that.
                let tom = try #require(subscribes["tom"])
                _ = try await bob.notify(tom, cSeq: 2, state: "terminated;reason=rejected")
                try await phones["tom"]?.shows("terminated/rejected", of: bob.resource)
                await phones["alice"]?.expectSilence(for: .milliseconds(100))
                #expect(phones["alice"]?.shown(bob.resource) == "active:<for-alice/>")
                #expect(phones.values.flatMap(\.watcher.violations) == [])
            }
        }

        @Test("R4662-121, S-BACKID: a watcher of another domain does not lend its name")
        func foreignWatcher() async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed(as: "sip:eve@other.example")
                let subscribe = try await bob.serve()
                #expect(subscribe.text(.from)?.hasPrefix("<sip:rls@example.org>;tag=") == true)
                try await list.shows("active:<open/>", of: bob.resource)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("C6, R4662-126: the watcher's types for the package are asked for, the list's are not")
        func acceptedTypes() async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed {
                    $0.accept = [
                        "multipart/related, application/rlmi+xml", "application/pidf+xml;q=0.5, multipart/signed",
                    ]
                }
                let subscribe = try await bob.nextSubscribe()
                #expect(subscribe.text(.accept) == "application/pidf+xml;q=0.5, multipart/signed")
                bob.answer(subscribe)
                // R4662-127: a signed body is passed on as it is.
                let type = "multipart/signed;boundary=signed"
                _ = try await bob.notify(subscribe, body: "--signed--", lines: [(.contentType, type)])
                try await list.shows("active:--signed--", of: bob.resource)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-75: an unsubscribe is in the dialog, and its last NOTIFY is waited for")
        func unsubscribe() async throws {
            try await RulesWorld.runShowingBob { bob, subscribe, list in
                bob.phone.answerRequests { _ in nil }
                #expect(try await list.send(list.request(expires: 0)).statusCode == 200)
                _ = try await list.next()
                let end = try await bob.nextSubscribe()
                #expect(end.callID == subscribe.callID)
                #expect(end.toTag.map { String(decoding: $0, as: UTF8.self) } == "notifier")
                #expect(end.text(.cSeq) == "2 SUBSCRIBE")
                #expect(end.text(.expires) == "0")
                // One that crosses the unsubscribe is answered as before.
                #expect(try await bob.notify(end, cSeq: 2, body: "<late/>").statusCode == 200)
                bob.answer(end)
                let last = try await bob.notify(end, cSeq: 3, state: "terminated;reason=timeout")
                #expect(last.statusCode == 200)
                #expect(try await bob.notify(end, cSeq: 4, body: "<x/>").statusCode == 481)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-61, R6665-79: a refresh without NOTIFY in Timer N has lost the subscription")
        func silentRefresh() async throws {
            try await RulesWorld.runShowingBob(
                configure: {
                    Self.refreshesEarly(&$0)
                    $0.timers.t1 = .milliseconds(30)
                },
                granting: 60
            ) { bob, subscribe, list in
                let refresh = try await bob.nextSubscribe()
                #expect(refresh.callID == subscribe.callID)
                bob.answer(refresh)
                let again = try await bob.nextSubscribe()
                #expect(again.callID != subscribe.callID && again.toTag == nil)
                bob.answer(again)
                _ = try await bob.notify(again, body: "<back/>")
                try await list.shows("active:<back/>", of: bob.resource)
                #expect(list.watcher.violations == [])
            }
        }

        @Test(
            "R6665-68: a refresh that fails otherwise leaves the subscription, and is repeated in it",
            arguments: [403, 500]
        )
        func refusedRefresh(status: Int) async throws {
            try await RulesWorld.runShowingBob(configure: Self.refreshesEarly, granting: 60) { bob, subscribe, list in
                bob.answer(try await bob.nextSubscribe(), status)
                #expect(try await bob.notify(subscribe, cSeq: 2, body: "<still/>").statusCode == 200)
                try await list.shows("active:<still/>", of: bob.resource)
                let again = try await bob.nextSubscribe()
                #expect(again.callID == subscribe.callID)
                #expect(again.text(.cSeq) == "3 SUBSCRIBE")
                bob.answer(again)
                #expect(try await bob.notify(again, cSeq: 3, body: "<still/>").statusCode == 200)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("R6665-55, RFC 6665 §4.1.3: an end that crosses a refresh begins one new subscription")
        func endDuringRefresh() async throws {
            try await RulesWorld.runShowingBob(configure: Self.refreshesEarly, granting: 60) { bob, subscribe, list in
                let refresh = try await bob.nextSubscribe()
                let end = try await bob.notify(refresh, cSeq: 2, state: "terminated;reason=deactivated")
                #expect(end.statusCode == 200)
                bob.answer(refresh, 481)
                let again = try await bob.nextSubscribe()
                #expect(again.callID != subscribe.callID)
                bob.answer(again)
                _ = try await bob.notify(again, body: "<back/>")
                try await list.shows("active:<back/>", of: bob.resource)
                await #expect(throws: PhoneError.self) { try await bob.nextSubscribe(within: .milliseconds(200)) }
                #expect(list.watcher.violations == [])
            }
        }
    }
}
