// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// NOTIFYs of presence servers: which are taken, which are refused (RFC 6665 §4.1.3).
@Suite struct BackendNotifyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var cSeq: UInt32 = 2
        var state = "active;expires=600"
        var body = "<new/>"
        var tag = "pa"
        var lines: [String] = []
        var status: Int
        var reply: (SIPHeaderName, String)?
        var testDescription: String { self.name }
    }

    static let cases: [Case] = [
        Case(name: "R6665-73: lower CSeq", cSeq: 4, status: 500),
        Case(name: "R6665-73: equal CSeq", cSeq: 5, status: 200),
        Case(name: "R4662-98, R6665-71: another fork", cSeq: 9, tag: "fork", status: 481),
        Case(name: "R6665-65: another package, served", cSeq: 9, lines: ["Event: dialog"], status: 481),
        Case(
            name: "R6665-65: an unknown package",
            cSeq: 9,
            lines: ["Event: foo"],
            status: 489,
            reply: (.allowEvents, "presence, dialog")
        ),
        Case(name: "R6665-10: an id that we did not give", cSeq: 9, lines: ["Event: presence;id=3"], status: 481),
        Case(name: "R6665-10: Event is compared byte by byte", cSeq: 9, lines: ["Event: Presence"], status: 489),
        Case(name: "no Event", cSeq: 9, lines: ["Event: -"], status: 489),
        Case(name: "R6665-65: no Subscription-State", cSeq: 9, lines: ["Subscription-State: -"], status: 400),
        Case(name: "a broken Subscription-State", cSeq: 9, state: ";;", status: 400),
        Case(name: "S-BODYTYPE: no Content-Type", cSeq: 9, lines: ["Content-Type: -"], status: 400),
        Case(name: "S-BODYTYPE: a broken Content-Type", cSeq: 9, lines: ["Content-Type: x"], status: 400),
        Case(
            name: "S-BODYTYPE: a type that we did not ask for",
            cSeq: 9,
            lines: ["Content-Type: application/pidf-diff+xml"],
            status: 415,
            reply: (.accept, "application/pidf+xml")
        ),
        Case(name: "S-SIZE", cSeq: 9, body: String(repeating: "x", count: 65_537), status: 413),
    ]

    @Test(arguments: Self.cases) func aRefusedOneLeavesTheStateAsItIs(test: Case) throws {
        var world = EngineWorld(EngineWorld.configuration { $0.eventPackages = [.presence, .dialog] })
        let list = world.stand(bodies: ["<old/>", "<old/>"])
        let backend = try list.backends.at(0).request
        #expect(world.notify(EngineWorld.makeNotify(to: backend, cSeq: 5, body: "<old/>")).status == 200)
        let actions = world.notify(
            EngineWorld.makeNotify(
                to: backend,
                cSeq: test.cSeq,
                state: test.state,
                body: test.body,
                tag: test.tag,
                lines: test.lines
            )
        )
        #expect(actions.status == test.status)
        if let (name, value) = test.reply {
            #expect(try actions.replies.at(0).text(name) == value)
        }
        #expect(world.advance(.seconds(10)).notifies.isEmpty)
        let refresh = world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        #expect(try ListNotify(refresh.notifies.at(0)).shown(EngineWorld.bob) == "active:<old/>")
        #expect(world.notify(EngineWorld.makeNotify(to: backend, cSeq: 10, body: "<next/>")).status == 200)
    }

    @Test func guessedDialogsGet481() throws {  // S-SPOOF
        var world = EngineWorld()
        let list = world.stand()
        let text = try String(
            decoding: EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 9).bytes,
            as: UTF8.self
        )
        let other = try #require(list.backends.at(1).request.text(.callID))
        let own = try #require(list.backends.at(0).request.text(.callID))
        let tag = try #require(list.backends.at(0).request.fromTag.map { String(decoding: $0, as: UTF8.self) })
        for (old, new) in [
            (own, other), (own, String(own.dropLast()) + "x"), (tag, String(tag.dropLast(2)) + "00"),
            (tag, "rlsb00000000ffffff0123456789abcdef"),
        ] {
            let request = EngineWorld.parse(
                text.replacing(old, with: new).split(separator: "\r\n", omittingEmptySubsequences: false)
                    .joined(separator: "\n")
            )
            #expect(world.notify(request).status == 481)
        }
    }

    @Test(
        arguments: [
            ("active", "active:<p/>"), ("ACTIVE;expires=5", "active:<p/>"), ("pending", "pending:<p/>"),
            ("active;retry-after=3;x;expires=abc", "active:<p/>"), ("waiting;expires=600", "active:<p/>"),
        ]
    )
    func oddStatesAreTaken(state: String, shown: String) throws {  // R6665-66
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        let actions = try world.notify(
            EngineWorld.makeNotify(to: first.subscribes.at(0).request, state: state, body: "<p/>")
        )
        #expect(actions.status == 200)
        #expect(try ListNotify(try #require(actions.notifies.first)).shown(EngineWorld.bob) == shown)
    }

    @Test func anEmptyBodyNeitherInventsNorErases() throws {  // R4662-49, R4662-79
        var world = EngineWorld()
        let list = world.stand(bodies: ["", ""])
        let first = try ListNotify(world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag)).notifies.at(0))
        #expect(first.shown(EngineWorld.bob) == "-")
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<p/>"))
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 3))
        let second = world.refresh(
            world.makeSubscribe(cSeq: 3, toTag: list.tag, lines: ["Contact: <sip:alice@192.0.2.10:5063>"])
        )
        #expect(try ListNotify(second.notifies.at(0)).shown(EngineWorld.bob) == "active:<p/>")
    }

    @Test func pendingIsShownWithoutBody() throws {  // R4662-45
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        let actions = try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(0).request, state: "pending"))
        #expect(try ListNotify(actions.notifies.at(0)).shown(EngineWorld.bob) == "pending")
        _ = try world.answer(actions.notifies.at(0))
        _ = try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(0).request, cSeq: 2, body: "<p/>"))
        let later = world.advance(.seconds(6)).notifies
        #expect(try ListNotify(later.at(0)).shown(EngineWorld.bob) == "active:<p/>")
    }

    // MARK: The dialog

    @Test func aNotifyThatOvertakesTheAnswerMakesTheDialog() throws {  // R6665-62, R6665-63
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        let early = world.notify(
            EngineWorld.makeNotify(
                to: subscribe.request,
                state: "active;expires=600",
                body: "<p/>",
                lines: [
                    "Record-Route: <sip:p1.example.org;lr>, <sip:p2.example.org;lr>", "Contact: <sip:pa2@192.0.2.21>",
                ]
            )
        )
        #expect(early.status == 200)
        #expect(try ListNotify(early.notifies.at(0)).shown(EngineWorld.bob) == "active:<p/>")
        #expect(world.answer(subscribe, lines: [(.expires, "600"), (.contact, "<sip:other@192.0.2.99>")]).isEmpty)
        _ = try world.answer(early.notifies.at(0))
        let refresh = try world.backendRefresh()
        // Route set of the NOTIFY in order, its Contact, its tag.
        #expect(refresh.request.requestURI.elementsEqual("sip:pa2@192.0.2.21".utf8))
        #expect(
            refresh.request.headers.values(.route).map { String(decoding: $0, as: UTF8.self) }
                == ["<sip:p1.example.org;lr>", "<sip:p2.example.org;lr>"]
        )
        #expect(refresh.destination == .uri(try SIPURI("sip:p1.example.org;lr")))
        #expect(refresh.request.text(.to) == "<\(EngineWorld.bob)>;tag=pa")
        #expect(refresh.request.text(.callID) == subscribe.request.text(.callID))
        #expect(refresh.request.text(.cSeq) == "2 SUBSCRIBE")
        #expect(refresh.request.text(.maxForwards) == "70")
    }

    @Test func timerNEndsTheWaitForTheFirstNotify() throws {  // R6665-60, R6665-64
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        _ = try world.answer(first.subscribes.at(0), lines: [(.expires, "600")])
        let actions = world.advance(.milliseconds(32_020))
        #expect(try ListNotify(try #require(actions.notifies.first)).shown(EngineWorld.bob) == "terminated/probation")
        #expect(
            try world.notify(EngineWorld.makeNotify(to: first.subscribes.at(0).request, body: "<late/>")).status == 481
        )
    }

    @Test func aFirstNotifyWithoutContactIsRefused() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        let request = try first.subscribes.at(0).request
        #expect(world.notify(EngineWorld.makeNotify(to: request, lines: ["Contact: -"])).status == 400)
        #expect(world.notify(EngineWorld.makeNotify(to: request)).status == 200)
    }

    @Test func theContactOfANotifyMovesTheTarget() throws {  // R3261-20, R6665-01
        var world = EngineWorld()
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob))
        for (cSeq, contact) in [(2, "<sip:moved@192.0.2.22>"), (3, "<<broken")] as [(UInt32, String)] {
            let lines = ["Contact: \(contact)"]
            _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: cSeq, lines: lines))
        }
        let refresh = try world.backendRefresh()
        #expect(refresh.request.requestURI.elementsEqual("sip:moved@192.0.2.22".utf8))
        _ = world.answer(refresh, lines: [(.expires, "600"), (.contact, "<sip:again@192.0.2.23>")])
        _ = world.notify(EngineWorld.makeNotify(to: refresh.request, cSeq: 4, lines: ["Contact: -"]))
        let next = try world.backendRefresh()
        #expect(next.request.requestURI.elementsEqual("sip:again@192.0.2.23".utf8))
    }

    // MARK: Terminated

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
        #expect(world.notify(end).status == 200)
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
