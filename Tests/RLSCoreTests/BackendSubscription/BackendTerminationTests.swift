// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// NOTIFYs that end a back-end subscription: what is shown, and when it is begun anew (RFC 6665 §4.1.3).
@Suite struct BackendTerminationTests {
    /// What the watcher is shown, and when the next SUBSCRIBE goes out: at once, within a range, or never.
    enum Retry: Sendable, Equatable {
        case atOnce, between(Int, Int), never
    }

    @Test(
        arguments: [
            ("deactivated", "active:<old/>", .atOnce), ("timeout", "active:<old/>", .atOnce),
            ("probation", "terminated/probation:<old/>", .between(3, 7)),
            ("probation;retry-after=100", "terminated/probation:<old/>", .between(99, 101)),
            ("giveup", "terminated/giveup:<old/>", .between(3, 7)),
            ("giveup;retry-after=60", "terminated/giveup:<old/>", .between(59, 61)),
            ("rejected", "terminated/rejected", .never), ("noresource", "terminated/noresource", .never),
            ("noresource;retry-after=5", "terminated/noresource", .never),
            ("badfilter", "terminated/badfilter", .never),
            ("invariant;retry-after=31536000", "terminated/invariant:<old/>", .never),
            ("REJECTED", "terminated/rejected", .never),
            ("strange", "terminated/strange:<old/>", .between(3, 7)),
            (#""a;b""#, "terminated/giveup:<old/>", .between(3, 7)),
            ("", "terminated/giveup:<old/>", .between(3, 7)),
        ] as [(String, String, Retry)]
    )
    func everyReasonHasItsEffect(reason: String, shown: String, retry: Retry) throws {  // RFC 6665 §4.1.3
        var world = EngineWorld()
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob), bodies: ["<old/>"])
        _ = world.advance(.seconds(60), answering: true)
        let state = reason.isEmpty ? "terminated" : "terminated;reason=\(reason)"
        let end = try EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 9, state: state)
        _ = world.engine.takeEvents()
        #expect(world.notify(end).status == 200)
        let failures = world.engine.takeEvents().filter { $0.kind == .backendFailed }
        let isRenewed = retry == .atOnce
        #expect(failures.map(\.subject) == (isRenewed ? [] : [EngineWorld.bob]))
        #expect(failures.allSatisfy { shown.hasPrefix("terminated/\($0.detail)") })
        #expect(world.notify(end).status == 481, "the dialog is gone")
        let began = world.now
        var waited: Duration?
        var subscribes: [RLSOutboundRequest] = []
        for _ in 0..<200 where subscribes.isEmpty {
            subscribes = world.advance(.milliseconds(600), answering: true).subscribes
            waited = world.now.duration(since: began)
        }
        switch retry {
        case .atOnce: #expect(waited == .milliseconds(600))
        case .between(let low, let high):
            #expect(waited.map { $0 >= .seconds(low) && $0 <= .seconds(high) } == true)
        case .never: #expect(subscribes.isEmpty)
        }
        if let again = subscribes.first {
            // R6665-67: a new attempt has a new Call-ID and tag.
            #expect(try again.request.text(.callID) != list.backends.at(0).request.text(.callID))
            #expect(try again.request.text(.from) != list.backends.at(0).request.text(.from))
            #expect(again.request.text(.to) == "<\(EngineWorld.bob)>")
            #expect(again.request.text(.cSeq) == "1 SUBSCRIBE")
        }
        let refresh = world.refresh(
            world.makeSubscribe(cSeq: 2, toTag: list.tag, lines: ["Contact: <sip:alice@192.0.2.10:5063>"])
        )
        #expect(try ListNotify(refresh.notifies.at(0)).shown(EngineWorld.bob) == shown)
    }

    @Test(arguments: ["deactivated", "timeout"])
    func theLastStateOfARenewedSubscriptionIsShown(reason: String) throws {  // RFC 6665 §4.1.3
        var world = EngineWorld()
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob), bodies: ["<old/>"])
        let backend = try list.backends.at(0).request
        let state = "terminated;reason=\(reason)"
        let end = world.notify(EngineWorld.makeNotify(to: backend, cSeq: 2, state: state, body: "<last/>"))
        #expect(end.status == 200)
        let notify = try ListNotify(world.advance(.seconds(6)).notifies.at(0))
        #expect(notify.shown(EngineWorld.bob) == "active:<last/>")
    }

    @Test(arguments: [(10, 29, 51), (31, 3, 7)])
    func pausesStartSmallAgainAfterASubscriptionThatLasted(seconds: Int64, low: Int64, high: Int64) throws {  // C4
        var world = EngineWorld(EngineWorld.configuration { $0.maxExpires = 100_000 })
        let request = world.makeSubscribe(expires: 100_000)
        let first = world.subscribe(request, list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        var subscribe = try first.subscribes.at(0)
        for _ in 0..<3 {
            _ = world.answer(subscribe, 500)
            subscribe = try world.backendRefresh(within: .seconds(30))
        }
        _ = world.answer(subscribe, lines: [(.expires, "600")])
        _ = world.notify(EngineWorld.makeNotify(to: subscribe.request, body: "<p/>"))
        _ = world.advance(.seconds(seconds), answering: true)
        let end = EngineWorld.makeNotify(to: subscribe.request, cSeq: 2, state: "terminated;reason=probation")
        #expect(world.notify(end).status == 200)
        let began = world.now
        _ = try world.backendRefresh(within: .seconds(70))
        let waited = world.now.duration(since: began)
        #expect(waited >= .seconds(low) && waited <= .seconds(high))
    }

    @Test func aTerminatedInstanceIsToldOnceAndKeptWhileRetrying() throws {  // R4662-46, R4662-48, R4662-76
        var world = EngineWorld()
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob), bodies: ["<old/>"])
        _ = try world.notify(
            EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, state: "terminated;reason=probation")
        )
        let actions = world.advance(.seconds(8), answering: true)
        #expect(try ListNotify(actions.notifies.at(0)).shown(EngineWorld.bob) == "terminated/probation:<old/>")
        let again = try #require(actions.subscribes.first)
        _ = world.answer(again, lines: [(.expires, "600")])
        _ = world.notify(EngineWorld.makeNotify(to: again.request, body: "<new/>"))
        let back = try ListNotify(try #require(world.advance(.seconds(6)).notifies.first))
        #expect(back.shown(EngineWorld.bob) == "active:<new/>")
    }

    @Test func aFirstNotifyThatEndsIsAFetchResult() throws {  // R6665-78
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        let actions = try world.notify(
            EngineWorld.makeNotify(
                to: first.subscribes.at(0).request,
                state: "terminated;reason=noresource",
                body: "<p/>",
                lines: ["Contact: -"]
            )
        )
        #expect(actions.status == 200)
        #expect(try ListNotify(actions.notifies.at(0)).shown(EngineWorld.bob) == "terminated/noresource:<p/>")
    }

    @Test func renewingAtOnceDoesNotBecomeALoop() throws {  // C4
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        var subscribe = try first.subscribes.at(0)
        var count = 0
        let end = world.now.advanced(by: .seconds(100))
        while world.now < end {
            _ = world.answer(subscribe, lines: [(.expires, "600")])
            _ = world.notify(EngineWorld.makeNotify(to: subscribe.request, state: "terminated;reason=deactivated"))
            var next: RLSOutboundRequest?
            while next == nil, world.now < end {
                next = world.advance(.milliseconds(100), answering: true).subscribes.first
            }
            guard let next else { break }
            subscribe = next
            count += 1
        }
        #expect(count >= 2 && count <= 8)
    }
}
