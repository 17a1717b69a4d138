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
}
