// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// SUBSCRIBEs in the dialog of a watcher (RFC 3261 §12.2.2, RFC 6665 §4.2.1.4).
@Suite struct InDialogTests {
    typealias Case = SubscribeCase

    static let refreshRefusals: [(Case, tagged: Bool)] = [
        (Case(name: "R3261-08", lines: ["Require: foo"], status: 420), true),
        (Case(name: "R3261-09", lines: ["Content-Type: a/b"], body: "x", status: 415), true),
        (Case(name: "R6665-43: another id", lines: ["Event: presence;id=2"], status: 403), true),
        (Case(name: "R6665-43: another package", lines: ["Event: dialog"], status: 403), true),
        (Case(name: "R6665-21", lines: ["Event: foo"], status: 489), true),
        (Case(name: "R6665-23", expires: 30, status: 423, header: (.minExpires, "60")), true),
        (Case(name: "R6665-09", lines: ["Accept: a/b"], status: 406), true),
        (Case(name: "no Contact", lines: ["Contact: -"], status: 400), true),
        (Case(name: "R6665-47", status: 481), false),
    ]

    @Test(arguments: Self.refreshRefusals)
    func aRefusedRefreshChangesNothing(test: Case, tagged: Bool) throws {  // R3261-22
        var world = EngineWorld(Case.configuration)
        let list = world.stand()
        var tag = list.tag
        if !tagged {
            tag = String(tag.dropLast(4)) + "0000"
        }
        let actions = world.refresh(test.request(world, cSeq: 2, tag: tag))
        #expect(actions.count == 1)
        #expect(actions.status == test.status)
        #expect(actions.replies.first?.text(.to)?.hasSuffix(tag) == true)
        if let (name, value) = test.header {
            #expect(actions.replies.first?.text(name) == value)
        }
        _ = world.advance(.seconds(500), answering: true)
        #expect(world.refresh(world.makeSubscribe(cSeq: 3, toTag: list.tag)).status == 200)
    }

    @Test func supportedIsNotAskedAgain() throws {
        var world = EngineWorld()
        let list = world.stand()
        let request = world.makeSubscribe(cSeq: 2, toTag: list.tag, lines: ["Supported: -", "Accept: -"])
        let actions = world.refresh(request)
        #expect(actions.status == 200)
        #expect(try actions.replies.at(0).text(.require) == "eventlist")
    }

    @Test func staleNumbersAreRefused() {  // R3261-05, S-REPLAY
        var world = EngineWorld()
        let list = world.stand(world.makeSubscribe(cSeq: 10))
        #expect(world.refresh(world.makeSubscribe(cSeq: 9, toTag: list.tag)).status == 500)
        #expect(world.refresh(world.makeSubscribe(cSeq: 10, toTag: list.tag)).status == 500)
        #expect(world.refresh(world.makeSubscribe(cSeq: 99, toTag: list.tag)).status == 200)
        #expect(world.refresh(world.makeSubscribe(cSeq: 11, toTag: list.tag)).status == 500)
        // R3261-22: a refused request has used its number.
        #expect(world.refresh(world.makeSubscribe(expires: 5, cSeq: 100, toTag: list.tag)).status == 423)
        #expect(world.refresh(world.makeSubscribe(cSeq: 100, toTag: list.tag)).status == 500)
    }

    @Test func tagsAndCallIDMakeTheDialog() {  // R3261-06, R6665-47
        var world = EngineWorld()
        let list = world.stand()
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, callID: "other", toTag: list.tag)).status == 481)
        let other = ["From: <sip:alice@example.org>;tag=other"]
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag, lines: other)).status == 481)
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, toTag: "somebody-elses")).toPresence == 10)
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag)).status == 200)
    }

    @Test func severalDialogsOfOneWatcherStandBesideEachOther() throws {
        var world = EngineWorld()
        let one = world.stand(world.makeSubscribe(callID: "1"))
        let two = world.stand(world.makeSubscribe(callID: "2", lines: ["Event: presence;id=x"]))
        #expect(one.tag != two.tag)
        _ = try world.notify(EngineWorld.makeNotify(to: one.backends.at(0).request, cSeq: 2, body: "<only-one/>"))
        let notifies = world.advance(.seconds(6)).notifies
        #expect(notifies.map { $0.request.text(.callID) } == ["1"])
        let end = world.refresh(
            world.makeSubscribe(expires: 0, cSeq: 2, callID: "2", toTag: two.tag, lines: ["Event: presence;id=x"])
        )
        #expect(end.notifies.first?.request.text(.event) == "presence;id=x")  // R6665-44
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, callID: "1", toTag: one.tag)).status == 200)
    }

    @Test func aTargetRefreshMovesTheTargetAndNotTheRoutes() throws {  // R6665-01, R3261-20
        var world = EngineWorld()
        let list = world.stand(world.makeSubscribe(lines: ["Record-Route: <sip:p1.example.org;lr>"]))
        let lines = ["Contact: <sip:alice@192.0.2.77>", "Record-Route: <sip:evil.example.org;lr>"]
        let actions = world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag, lines: lines))
        let request = try #require(actions.notifies.first).request
        #expect(request.requestURI.elementsEqual("sip:alice@192.0.2.77".utf8))
        #expect(request.text(.route) == "<sip:p1.example.org;lr>")
        // The 2xx to our NOTIFY is a target refresh as well.
        _ = try world.answer(actions.notifies.at(0), lines: [(.contact, "<sip:alice@192.0.2.78>")])
        let next = world.refresh(
            world.makeSubscribe(expires: 0, cSeq: 3, toTag: list.tag, lines: ["Contact: <sip:a@h>"])
        )
        #expect(try next.notifies.at(0).request.requestURI.elementsEqual("sip:a@h".utf8))
        var other = EngineWorld()
        let standing = other.stand()
        _ = try other.notify(EngineWorld.makeNotify(to: standing.backends.at(0).request, cSeq: 2, body: "<a/>"))
        let first = try other.advance(.seconds(6)).notifies.at(0)
        _ = other.answer(first, lines: [(.contact, "<sip:alice@192.0.2.78>")])
        _ = try other.notify(EngineWorld.makeNotify(to: standing.backends.at(0).request, cSeq: 3, body: "<b/>"))
        #expect(
            try other.advance(.seconds(6)).notifies.at(0).request.requestURI.elementsEqual("sip:alice@192.0.2.78".utf8)
        )
    }

    @Test func aNewTargetDoesNotWaitForTheOldOne() throws {  // R6665-53
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe())
        let tag = try first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        // Same Contact: the NOTIFY waits for the one in flight.
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, toTag: tag)).notifies.isEmpty)
        let moved = world.refresh(world.makeSubscribe(cSeq: 3, toTag: tag, lines: ["Contact: <sip:alice@192.0.2.77>"]))
        #expect(try ListNotify(try #require(moved.notifies.first)).isFull)
        // And the old one's outcome counts no more.
        #expect(try world.answer(first.notifies.at(0), 481).isEmpty)
        #expect(
            world.refresh(world.makeSubscribe(cSeq: 4, toTag: tag, lines: ["Contact: <sip:alice@192.0.2.77>"])).status
                == 200
        )
    }

    @Test func identifiersMayBeLong() throws {  // DESIGN.md §6
        var world = EngineWorld()
        let callID = String(repeating: "c", count: 900) + "@" + String(repeating: "h", count: 200)
        let contact =
            "Contact: <sip:\(String(repeating: "u", count: 500))@192.0.2.10:5062;x=\(String(repeating: "y", count: 500))>"
        let list = world.stand(world.makeSubscribe(callID: callID, lines: [contact]))
        let actions = world.refresh(world.makeSubscribe(cSeq: 2, callID: callID, toTag: list.tag, lines: [contact]))
        #expect(actions.status == 200)
        #expect(actions.notifies.first?.request.text(.callID) == callID)
    }

    @Test func aContactThatCannotBeReachedMovesNothing() throws {  // R3261-20
        var world = EngineWorld()
        let list = world.stand()
        let backend = try list.backends.at(0).request
        _ = world.notify(EngineWorld.makeNotify(to: backend, cSeq: 2, body: "<a/>"))
        let first = try world.advance(.seconds(6)).notifies.at(0)
        _ = world.answer(first, lines: [(.contact, "<tel:+15551230001>")])
        _ = world.notify(EngineWorld.makeNotify(to: backend, cSeq: 3, body: "<b/>"))
        let next = try world.advance(.seconds(6)).notifies.at(0)
        #expect(next.request.requestURI.elementsEqual("sip:alice@192.0.2.10:5062".utf8))
    }
}
