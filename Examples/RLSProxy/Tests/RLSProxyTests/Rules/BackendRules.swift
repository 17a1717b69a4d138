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
    @Suite("Back-end subscriptions, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct BackendRules {
        /// A SUBSCRIBE for one member, taken by its presence server.
        private func withBackend(
            configure: (inout ProxyConfiguration) -> Void = { _ in },
            body: (ScriptedNotifier, SIPRequest, inout ListPhone) async throws -> Void
        ) async throws {
            try await RulesWorld.run(configure: configure) { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed()
                let subscribe = try await bob.nextSubscribe()
                #expect(subscribe.text(.event) == "presence")
                #expect(subscribe.text(.from)?.hasPrefix("<sip:alice@example.org>;tag=") == true)
                // B16: nested lists are not asked for.
                #expect(subscribe.headers.first(.supported) == nil)
                try await body(bob, subscribe, &list)
                #expect(list.watcher.violations == [])
            }
        }

        /// Of a minute the refresh comes after a second; of what was asked for it would come after a quarter of an hour.
        private static func refreshesEarly(_ configuration: inout ProxyConfiguration) {
            configuration.lists.backendExpires = 60_000
            configuration.lists.backendRefreshWindow = 0.015...0.016
        }

        /// A subscription that is over is begun anew, and the phone shows what that brings; or nobody asks again.
        private func expect(
            _ isRetried: Bool,
            of bob: ScriptedNotifier,
            after subscribe: SIPRequest,
            on list: inout ListPhone
        ) async throws {
            guard isRetried else {
                await #expect(throws: PhoneError.self) { try await bob.nextSubscribe(within: .milliseconds(300)) }
                return
            }
            let again = try await bob.nextSubscribe()
            #expect(again.callID != subscribe.callID)
            bob.answer(again)
            _ = try await bob.notify(again, body: "<back/>")
            try await list.shows("active:<back/>", of: bob.resource)
        }

        @Test("R6665-62, R6665-63: a NOTIFY before the 200 makes the dialog")
        func overtakes() async throws {
            try await self.withBackend { bob, subscribe, list in
                #expect(try await bob.notify(subscribe, body: "<early/>").statusCode == 200)
                bob.answer(subscribe)
                try await list.shows("active:<early/>", of: bob.resource)
                #expect(try await bob.notify(subscribe, cSeq: 2, body: "<next/>").statusCode == 200)
                try await list.shows("active:<next/>", of: bob.resource)
                // R6665-71: another fork has no subscription.
                let fork = "\(subscribe.text(.to) ?? "");tag=fork"
                #expect(try await bob.notify(subscribe, body: "<x/>", lines: [(.from, fork)]).statusCode == 481)
            }
        }

        @Test("R6665-60, R6665-64: without a NOTIFY in Timer N it has failed, and is tried again")
        func timerN() async throws {
            try await self.withBackend(configure: { $0.timers.t1 = .milliseconds(15) }) { bob, subscribe, list in
                bob.answer(subscribe)
                let again = try await bob.nextSubscribe()
                #expect(again.callID != subscribe.callID)
                #expect(try await bob.notify(subscribe, body: "<late/>").statusCode == 481)
                bob.answer(again)
                #expect(try await bob.notify(again, body: "<open/>").statusCode == 200)
                try await list.shows("active:<open/>", of: bob.resource)
            }
        }

        @Test("R4662-28, R6665-69: 423 is answered with the interval it names")
        func tooBrief() async throws {
            try await self.withBackend { bob, subscribe, list in
                #expect(subscribe.text(.expires) == "600")
                bob.answer(subscribe, 423, [(.minExpires, "1800")])
                let again = try await bob.nextSubscribe()
                #expect(again.text(.expires) == "1800")
                bob.answer(again)
                _ = try await bob.notify(again, body: "<open/>")
                try await list.shows("active:<open/>", of: bob.resource)
            }
        }

        @Test("R6665-54, R6665-66: a shorter grant is believed, and refreshed in the dialog", arguments: [true, false])
        func shorterGrant(inNotify: Bool) async throws {
            try await self.withBackend(configure: Self.refreshesEarly) { bob, subscribe, list in
                bob.answer(subscribe, 200, inNotify ? [] : [(.expires, "60")])
                let state = inNotify ? "active;expires=60" : "active"
                _ = try await bob.notify(subscribe, state: state, body: "<open/>")
                try await list.shows("active:<open/>", of: bob.resource)
                let refresh = try await bob.nextSubscribe()
                #expect(refresh.callID == subscribe.callID)
                #expect(refresh.toTag != nil)
                #expect(refresh.text(.cSeq) == "2 SUBSCRIBE")
                bob.answer(refresh)
                _ = try await bob.notify(refresh, cSeq: 2, body: "<open/>")
            }
        }

        @Test(
            "R6665-80: a refused SUBSCRIBE is shown, and tried again where that makes sense",
            arguments: [
                (403, "terminated/rejected", false), (404, "terminated/noresource", false),
                (489, "terminated/noresource", false), (406, "terminated/giveup", false),
                (480, "terminated/probation", true), (500, "terminated/probation", true),
                (503, "terminated/probation", true), (600, "terminated/probation", true),
            ]
        )
        func refused(status: Int, shown: String, isRetried: Bool) async throws {
            try await self.withBackend { bob, subscribe, list in
                bob.answer(subscribe, status)
                try await list.shows(shown, of: bob.resource)
                try await self.expect(isRetried, of: bob, after: subscribe, on: &list)
            }
        }

        @Test("R3261-56: an answer to another method is none to the SUBSCRIBE")
        func otherMethod() async throws {
            try await self.withBackend { bob, subscribe, list in
                bob.answer(subscribe, 403, [(.cSeq, "1 NOTIFY")])
                bob.answer(subscribe, 404)
                try await list.shows("terminated/noresource", of: bob.resource)
            }
        }

        @Test("R3261-24, R3261-25: Retry-After goes before the own pause")
        func retryAfter() async throws {
            try await self.withBackend { bob, subscribe, list in
                // The own pause is 100 ms.
                bob.answer(subscribe, 503, [(.retryAfter, "1")])
                try await list.shows("terminated/probation", of: bob.resource)
                await #expect(throws: PhoneError.self) { try await bob.nextSubscribe(within: .milliseconds(400)) }
                _ = try await bob.serve()
            }
        }

        @Test(
            "RFC 6665 §4.1.3: what follows from the reason of the end",
            arguments: [
                ("deactivated", nil, true), ("timeout", nil, true),
                ("probation", "terminated/probation:<open/>", true), ("giveup", "terminated/giveup:<open/>", true),
                ("rejected", "terminated/rejected", false), ("noresource", "terminated/noresource", false),
                ("invariant", "terminated/invariant:<open/>", false), ("strange", "terminated/strange:<open/>", true),
            ] as [(String, String?, Bool)]
        )
        func reason(reason: String, shown: String?, isRetried: Bool) async throws {
            try await self.withBackend { bob, subscribe, list in
                bob.answer(subscribe)
                _ = try await bob.notify(subscribe, body: "<open/>")
                try await list.shows("active:<open/>", of: bob.resource)
                #expect(
                    try await bob.notify(subscribe, cSeq: 2, state: "terminated;reason=\(reason)").statusCode == 200
                )
                if let shown {
                    try await list.shows(shown, of: bob.resource)
                }
                try await self.expect(isRetried, of: bob, after: subscribe, on: &list)
            }
        }

        @Test("R6665-73: an older NOTIFY never overwrites a newer state, and a repeat is answered again")
        func order() async throws {
            try await self.withBackend { bob, subscribe, list in
                bob.answer(subscribe)
                #expect(try await bob.notify(subscribe, cSeq: 5, body: "<new/>").statusCode == 200)
                try await list.shows("active:<new/>", of: bob.resource)
                #expect(try await bob.notify(subscribe, cSeq: 4, body: "<old/>").statusCode == 500)
                #expect(try await bob.notify(subscribe, cSeq: 5, body: "<new/>").statusCode == 200)
                await list.expectSilence(for: .milliseconds(100))
                #expect(list.shown(bob.resource) == "active:<new/>")
            }
        }

        @Test(
            "R6665-65, R3261-08, R3261-09: odd NOTIFYs are taken or refused as the rules say, and never change what is shown",
            arguments: [
                (nil, [], 400), ("", [], 400), ("active;expires=abc", [], 200), ("ACTIVE ; Expires=600;x=y", [], 200),
                ("strange;expires=600", [], 200), ("active;expires=600", [(.event, "dialog")], 489),
                ("active;expires=600", [(.event, "presence;id=1")], 481),
                ("active;expires=600", [(.contentType, "text/plain")], 415),
                ("active;expires=600", [(.contentType, ";;")], 400), ("active;expires=600", [(.require, "foo")], 420),
                ("active;expires=600", [(.contentEncoding, "gzip")], 415),
            ] as [(String?, [(SIPHeaderName, String)], Int)]
        )
        func odd(state: String?, lines: [(SIPHeaderName, String)], status: Int) async throws {
            try await self.withBackend { bob, subscribe, list in
                bob.answer(subscribe)
                _ = try await bob.notify(subscribe, body: "<open/>")
                try await list.shows("active:<open/>", of: bob.resource)
                let odd = try await bob.notify(subscribe, cSeq: 2, state: state, body: "<open/>", lines: lines)
                #expect(odd.statusCode == status)
                await list.expectSilence(for: .milliseconds(100))
                #expect(try await bob.notify(subscribe, cSeq: 3, body: "<after/>").statusCode == 200)
                try await list.shows("active:<after/>", of: bob.resource)
            }
        }

        @Test(
            "R6665-63, R3261-01: a first NOTIFY that does not say where to send requests: 400, and the next one counts",
            arguments: [(SIPHeaderName.contact, "<<"), (.contact, "<tel:+1>"), (.recordRoute, "<<")]
        )
        func unreachable(name: SIPHeaderName, value: String) async throws {
            try await self.withBackend { bob, subscribe, list in
                bob.answer(subscribe)
                let odd = try await bob.notify(subscribe, body: "<odd/>", lines: [(name, value)])
                #expect(odd.statusCode == 400)
                #expect(try await bob.notify(subscribe, body: "<open/>").statusCode == 200)
                try await list.shows("active:<open/>", of: bob.resource)
            }
        }

        @Test("S-BODYTYPE: a body of no type: 400")
        func untyped() async throws {
            try await self.withBackend { bob, subscribe, list in
                bob.answer(subscribe)
                #expect(try await bob.notify(subscribe, body: "<odd/>", type: nil).statusCode == 400)
                #expect(try await bob.notify(subscribe, cSeq: 2, body: "<open/>").statusCode == 200)
                try await list.shows("active:<open/>", of: bob.resource)
            }
        }

        @Test("R4662-49: pending is shown as it is, and an empty body neither invents nor erases a state")
        func emptyBodies() async throws {
            try await self.withBackend { bob, subscribe, list in
                bob.answer(subscribe)
                _ = try await bob.notify(subscribe, state: "pending;expires=600")
                try await list.shows("pending", of: bob.resource)
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<open/>")
                try await list.shows("active:<open/>", of: bob.resource)
                #expect(try await bob.notify(subscribe, cSeq: 3).statusCode == 200)
                await list.expectSilence(for: .milliseconds(100))
                #expect(list.shown(bob.resource) == "active:<open/>")
            }
        }

        @Test("R6665-67, R3261-21: a refresh that finds nothing begins anew", arguments: [404, 481])
        func forgotten(status: Int) async throws {
            try await self.withBackend(configure: Self.refreshesEarly) { bob, subscribe, list in
                bob.answer(subscribe, 200, [(.expires, "60")])
                _ = try await bob.notify(subscribe, state: "active;expires=60", body: "<open/>")
                try await list.shows("active:<open/>", of: bob.resource)
                bob.answer(try await bob.nextSubscribe(), status)
                let again = try await bob.nextSubscribe()
                #expect(again.callID != subscribe.callID && again.toTag == nil)
                bob.answer(again)
                _ = try await bob.notify(again, body: "<back/>")
                try await list.shows("active:<back/>", of: bob.resource)
            }
        }
    }
}
