// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// When back-end subscriptions are refreshed, and what follows from the answers (RFC 6665 §4.1.2.2).
@Suite struct BackendRefreshTests {
    private static let bob = EngineWorld.list(EngineWorld.bob)

    /// When the refresh leaves, in seconds after the grant.
    private static func refreshTime(granted: UInt32, seed: UInt32) -> Double? {
        var world = EngineWorld(EngineWorld.configuration { $0.maxExpires = 100_000 })
        _ = world.subscribe(world.makeSubscribe(expires: 100_000, callID: "seed"))
        for index in 0..<seed {
            _ = world.subscribe(world.makeSubscribe(callID: "seed\(index)"))
        }
        let list = world.stand(
            world.makeSubscribe(expires: 100_000),
            list: EngineWorld.list("sip:zoe@example.org"),
            granted: granted
        )
        let began = world.now
        let own = list.backends.first?.request.text(.callID)
        while world.now.duration(since: began) < .seconds(Int64(granted) + 1) {
            let due = world.advance(.milliseconds(250), answering: true).subscribes
            if due.contains(where: { $0.request.text(.callID) == own }) {
                return Double(world.now.nanoseconds - began.nanoseconds) / 1e9
            }
        }
        return nil
    }

    @Test(arguments: [100, 600] as [UInt32]) func refreshesLeaveInTheirWindow(granted: UInt32) {  // R6665-76
        let times = (0..<6).map { Self.refreshTime(granted: granted, seed: $0) ?? 0 }
        #expect(times.allSatisfy { $0 >= Double(granted) * 0.8 && $0 <= Double(granted) * 0.95 + 0.5 })
        #expect(Set(times).count > 2, "they do not come together")
    }

    @Test func aShorterGrantIsBelieved() throws {  // R6665-54, R6665-66
        #expect(Self.refreshTime(granted: 60, seed: 0).map { $0 < 58 } == true)
        // NOTIFY says less than the 200.
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(expires: 7000), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.subscribes.at(0), lines: [(.expires, "7000")])
        _ = try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(0).request, state: "active;expires=100"))
        #expect(world.advance(.seconds(99), answering: true).subscribes.count == 1)
    }

    @Test(arguments: [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604, 408])
    func aRefreshThatFindsNothingBeginsAnew(status: Int) throws {  // R6665-67, R3261-21
        var world = EngineWorld()
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob), bodies: ["<old/>"])
        let refresh = try world.backendRefresh()
        let actions = world.answer(refresh, status)
        #expect(actions.notifies.isEmpty, "what is shown stays until the new one answers")
        let again = try #require(actions.subscribes.first)
        #expect(try again.request.text(.callID) != list.backends.at(0).request.text(.callID))
        #expect(again.request.text(.cSeq) == "1 SUBSCRIBE")
    }

    @Test(arguments: [400, 403, 420, 486, 500, 503, 603])
    func aRefreshThatFailsOtherwiseKeepsTheSubscription(status: Int) throws {  // R6665-68
        var world = EngineWorld(EngineWorld.configuration { $0.maxExpires = 100_000 })
        let list = world.stand(world.makeSubscribe(expires: 100_000), list: EngineWorld.list(EngineWorld.bob))
        _ = list
        var refresh = try world.backendRefresh()
        #expect(world.answer(refresh, status).isEmpty)
        #expect(world.notify(EngineWorld.makeNotify(to: refresh.request, cSeq: 2, body: "<x/>")).status == 200)
        refresh = try world.backendRefresh(within: .seconds(6))
        #expect(refresh.request.text(.cSeq) == "3 SUBSCRIBE")
        #expect(world.answer(refresh, status).isEmpty)
    }

    @Test func aRefreshNeedsItsNotify() throws {  // R6665-61, R6665-79
        for status in [200, 204] {
            var world = EngineWorld()
            _ = world.stand(world.makeSubscribe(expires: 7000), list: EngineWorld.list(EngineWorld.bob))
            let refresh = try world.backendRefresh()
            _ = world.answer(refresh, status, lines: [(.expires, "600")])
            let again = world.advance(.seconds(33), answering: true).subscribes
            #expect(again.isEmpty == (status == 204))
        }
    }

    @Test func aRefreshThatIsTooBriefIsRepeatedLonger() throws {  // R4662-28
        var world = EngineWorld()
        let list = world.stand(world.makeSubscribe(expires: 7000), list: Self.bob)
        let refresh = try world.backendRefresh(within: .seconds(6_999))
        let asked = UInt32(refresh.request.text(.expires) ?? "") ?? 0
        let again = try world.answer(refresh, 423, lines: [(.minExpires, "\(asked + 100)")]).subscribes.at(0)
        #expect(try again.request.callID == list.backends.at(0).request.callID)
        #expect(again.request.text(.cSeq) == "3 SUBSCRIBE")
        #expect(again.request.text(.expires) == "\(asked + 100)")
        // A minimum that is none leaves the subscription as it was.
        #expect(world.answer(again, 423, lines: [(.minExpires, "60")]).isEmpty)
        #expect(try world.backendRefresh(within: .seconds(6)).request.text(.cSeq) == "4 SUBSCRIBE")
    }

    /// A refresh whose NOTIFY comes before or behind its answer, or whose answer never comes.
    enum Order: CaseIterable {
        case answerFirst, notifyFirst, noAnswer
    }

    @Test(arguments: Order.allCases)
    func aRefreshProlongsTheSubscription(order: Order) throws {  // R6665-61, R6665-62, R6665-66
        var world = EngineWorld()
        let request = world.makeSubscribe(expires: 7000)
        _ = world.stand(request, list: Self.bob, bodies: ["<p/>"])
        let refresh = try world.backendRefresh()
        let notify = EngineWorld.makeNotify(to: refresh.request, cSeq: 2, state: "active", body: "<p/>")
        if order == .answerFirst {
            _ = world.answer(refresh, lines: [(.expires, "600")])
        }
        #expect(world.notify(notify).status == 200)
        if order == .notifyFirst {
            _ = world.answer(refresh, lines: [(.expires, "600")])
        }
        let began = world.now
        let next = try world.backendRefresh()
        let waited = world.now.duration(since: began)
        #expect(next.request.text(.cSeq) == "3 SUBSCRIBE", "in the same dialog")
        switch order {
        case .answerFirst, .notifyFirst: #expect(waited >= .seconds(480) && waited <= .seconds(571))
        // Nobody has said that it runs longer.
        case .noAnswer: #expect(waited <= .seconds(120))
        }
        // R6665-79: of this one's NOTIFY nothing was seen.
        _ = world.answer(next, lines: [(.expires, "600")])
        let again = world.advance(.seconds(33), answering: true).subscribes
        #expect(again.map { $0.request.text(.cSeq) } == ["1 SUBSCRIBE"])
    }

    @Test func whatTheAnswerToARefreshGrantsCounts() throws {  // R6665-54
        var world = EngineWorld()
        _ = world.stand(world.makeSubscribe(expires: 7000), list: Self.bob, bodies: ["<p/>"])
        let refresh = try world.backendRefresh()
        _ = world.answer(refresh, lines: [(.expires, "30")])
        let notify = EngineWorld.makeNotify(to: refresh.request, cSeq: 2, state: "active", body: "<p/>")
        #expect(world.notify(notify).status == 200)
        #expect(world.nextSubscribe(within: .seconds(26))?.request.text(.cSeq) == "3 SUBSCRIBE")
    }

    @Test(arguments: [200, 404])
    func aDialogThatItsAnswerDidNotMakeIsRefreshedInTime(status: Int) throws {  // R6665-62, R6665-66
        for (state, granted) in [("active", "30"), ("active;expires=30", "600")] {
            var world = EngineWorld()
            let first = world.subscribe(world.makeSubscribe(), list: Self.bob)
            _ = try world.answer(first.notifies.at(0))
            let subscribe = try first.subscribes.at(0)
            let early = world.notify(EngineWorld.makeNotify(to: subscribe.request, state: state, body: "<p/>"))
            _ = try world.answer(early.notifies.at(0))
            #expect(world.answer(subscribe, status, lines: status == 200 ? [(.expires, granted)] : []).isEmpty)
            // Where nobody says how long, it is what was asked for.
            let isUnknown = status == 404 && state == "active"
            let refresh = try world.backendRefresh(within: .seconds(isUnknown ? 571 : 26))
            #expect(refresh.request.text(.cSeq) == "2 SUBSCRIBE")
            #expect(refresh.request.text(.to)?.hasSuffix(";tag=pa") == true)
        }
    }

    @Test func numbersThatTheProxyRaisedAreNotUsedAgain() throws {  // R3261-03
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: Self.bob)
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        // Two challenges were answered on the way.
        var response = SIPResponse(to: subscribe.request, 200, toTag: Array("pa".utf8)[...])
        response.headers.replace(.cSeq, with: "3 SUBSCRIBE")
        response.headers.append(.expires, "600")
        _ = world.engine.outcome(.response(response), for: subscribe.transaction, now: world.now)
        #expect(world.notify(EngineWorld.makeNotify(to: subscribe.request, body: "<p/>")).status == 200)
        let refresh = try world.backendRefresh()
        #expect(refresh.request.text(.cSeq) == "4 SUBSCRIBE")
        let again = world.engine.outcome(.timeout(lastCSeq: 5), for: refresh.transaction, now: world.now).subscribes
        #expect(again.map { $0.request.text(.cSeq) } == ["1 SUBSCRIBE"], "a new dialog")
    }

    @Test(arguments: [true, false]) func aTimerThatComesWhileTheStoreIsAskedIsNotLost(fails: Bool) throws {
        var world = EngineWorld()
        let list = world.stand(world.makeSubscribe(expires: 7000), list: Self.bob, granted: 100)
        let (ticket, _) = try world.prepareRefresh(world.makeSubscribe(expires: 7000, cSeq: 2, toTag: list.tag))
        #expect(world.advance(.seconds(97), answering: true).subscribes.isEmpty)
        let actions =
            fails
            ? world.engine.abort(ticket, status: 503, now: world.now) : world.engine.confirm(ticket, now: world.now)
        let refresh = actions.subscribes + world.advance(.milliseconds(100), answering: true).subscribes
        #expect(refresh.map { $0.request.text(.cSeq) } == ["2 SUBSCRIBE"])
    }
}
