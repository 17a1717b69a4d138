// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// Answers of presence servers to our SUBSCRIBEs (RFC 6665 §4.1.2).
@Suite struct BackendAnswerTests {
    @Test(
        arguments: [
            ("rejected", false, [401, 403, 407, 420, 421, 603, 607]),
            ("noresource", false, [302, 404, 405, 410, 416, 482, 483, 489, 501, 604]),
            ("probation", true, [408, 480, 486, 500, 502, 503, 504, 600]), ("giveup", false, [400, 406, 415, 488]),
        ] as [(String, Bool, [Int])]
    )
    func aRefusedFirstSubscribeIsShown(reason: String, retries: Bool, statuses: [Int]) throws {  // R6665-80
        for status in statuses {
            var world = EngineWorld()
            let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
            _ = try world.answer(first.notifies.at(0))
            let actions = try world.answer(first.subscribes.at(0), status)
            let notify = try ListNotify(try #require(actions.notifies.first))
            #expect(notify.shown(EngineWorld.bob) == "terminated/\(reason)", "\(status)")
            let failures = world.engine.takeEvents().filter { $0.kind == .backendFailed }
            #expect(failures.map { [$0.subject, $0.detail] } == [[EngineWorld.bob, reason]], "\(status)")
            let again = world.advance(.seconds(7), answering: true).subscribes
            #expect(again.isEmpty == !retries, "\(status)")
            #expect(try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(0).request)).status == 481)
        }
    }

    enum Loss: CaseIterable {
        case timeout, transport, silence
    }

    @Test(arguments: Loss.allCases) func noAnswerIsTriedAgain(loss: Loss) throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        let transaction = try first.subscribes.at(0).transaction
        let actions =
            switch loss {
            case .timeout: world.engine.outcome(.timeout(lastCSeq: 1), for: transaction, now: world.now)
            case .transport: world.engine.outcome(.transportError(lastCSeq: 1), for: transaction, now: world.now)
            case .silence: world.advance(.milliseconds(32_020))
            }
        #expect(try ListNotify(try #require(actions.notifies.first)).shown(EngineWorld.bob) == "terminated/probation")
        #expect(world.engine.statistics.backendsInFlight == 0)
        #expect(world.advance(.seconds(7), answering: true).subscribes.count == 1)
    }

    @Test func pausesGrowUpToAQuarterOfAnHour() throws {  // S-REFRESH
        var world = EngineWorld(EngineWorld.configuration { $0.maxExpires = 1_000_000 })
        let request = world.makeSubscribe(expires: 1_000_000)
        let first = world.subscribe(request, list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        var subscribe = try first.subscribes.at(0)
        for pause in [5, 10, 20, 40, 80, 160, 320, 640, 900, 900] {
            _ = world.answer(subscribe, 500)
            #expect(world.nextSubscribe(within: .milliseconds(pause * 740)) == nil, "\(pause)")
            subscribe = try world.backendRefresh(within: .milliseconds(pause * 1_260))
        }
    }

    @Test func retryAfterGoesBeforeOurOwnPauses() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.subscribes.at(0), 503, lines: [(.retryAfter, "120")])
        #expect(world.advance(.seconds(119), answering: true).subscribes.isEmpty)
        #expect(world.advance(.seconds(2), answering: true).subscribes.count == 1)
    }

    @Test func tooBriefIsAskedAgainLonger() throws {  // R4662-28, R6665-69
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        var subscribe = try first.subscribes.at(0)
        #expect(subscribe.request.text(.expires) == "600")
        let again = world.answer(subscribe, 423, lines: [(.minExpires, "1800")])
        subscribe = try #require(again.subscribes.first)
        #expect(subscribe.request.text(.expires) == "1800")
        #expect(again.notifies.isEmpty)
        // A minimum that grows each time is not followed for ever, one that does not grow not at all.
        var count = 0
        for minimum in 1_900...1_950 {
            guard let next = world.answer(subscribe, 423, lines: [(.minExpires, "\(minimum)")]).subscribes.first else {
                break
            }
            subscribe = next
            count += 1
        }
        #expect(count == 2)
        for minimum in ["60", "600", "604801", "soon"] {
            var other = EngineWorld()
            let second = other.subscribe(other.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
            let answer = try other.answer(second.subscribes.at(0), 423, lines: [(.minExpires, minimum)])
            #expect(answer.subscribes.isEmpty, "\(minimum)")
        }
        var week = EngineWorld()
        let third = week.subscribe(week.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        #expect(try week.answer(third.subscribes.at(0), 423, lines: [(.minExpires, "604800")]).subscribes.count == 1)
    }

    @Test func backendsLiveAtLeastTenMinutes() throws {  // R6665-77
        for (asked, expected) in [(60, "600"), (3600, "3600")] as [(UInt32, String)] {
            var world = EngineWorld()
            let first = world.subscribe(world.makeSubscribe(expires: asked))
            #expect(try first.subscribes.at(0).request.text(.expires) == expected)
        }
        var world = EngineWorld(EngineWorld.configuration { $0.backendExpires = 1234 })
        #expect(try world.subscribe(world.makeSubscribe()).subscribes.at(0).request.text(.expires) == "1234")
    }

    @Test func anAcceptedAnswerIsAnOK() throws {  // R6665-24: 202 counts as 200
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        #expect(try world.answer(first.subscribes.at(0), 202, lines: [(.expires, "600")]).isEmpty)
        #expect(
            try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(0).request, body: "<p/>")).notifies.count
                == 1
        )
    }

    @Test func aRejectedMemberIsTriedOnceMoreAnHourLater() throws {  // RFC 6665 §4.1.3
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(expires: 7000), list: EngineWorld.list(EngineWorld.bob))
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        _ = try world.answer(first.notifies.at(0))
        for notify in try world.answer(first.subscribes.at(0), 403).notifies { _ = world.answer(notify) }
        _ = world.advance(.seconds(3590), answering: true)
        let early = world.refresh(world.makeSubscribe(expires: 7000, cSeq: 2, toTag: tag))
        #expect(early.subscribes.isEmpty)
        _ = try world.answer(early.notifies.at(0))
        _ = world.advance(.seconds(20), answering: true)
        #expect(world.refresh(world.makeSubscribe(expires: 7000, cSeq: 3, toTag: tag)).subscribes.count == 1)
    }

    @Test func oneUnusableEntryNeverHarmsTheOthers() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe())
        _ = try world.answer(first.notifies.at(0))
        _ = try world.answer(first.subscribes.at(0), 404)
        let actions = try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(1).request, body: "<p/>"))
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.shown(EngineWorld.bob) == "terminated/noresource")
        #expect(notify.shown(EngineWorld.claire) == "active:<p/>")
    }
}
