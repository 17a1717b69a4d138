// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// Every answer to a SUBSCRIBE, and the order in which they are found (DESIGN.md §3).
@Suite struct SubscribeAnswerTests {
    typealias Case = SubscribeCase

    static let refusals: [Case] = [
        Case(name: "R6665-07: two Event headers", lines: ["Event: presence, dialog"], status: 400),
        Case(name: "no Contact", lines: ["Contact: -"], status: 400),
        Case(name: "Contact: *", lines: ["Contact: *"], status: 400),
        Case(name: "two Contacts", lines: ["Contact: <sip:a@x>, <sip:b@x>"], status: 400),
        Case(name: "a Contact that is no SIP URI", lines: ["Contact: <tel:+1>"], status: 400),
        Case(name: "no From tag", lines: ["From: <sip:alice@example.org>"], status: 400),
        Case(name: "Expires in words", lines: ["Expires: soon"], expires: nil, status: 400),
        Case(name: "a broken Accept", lines: ["Accept: ///"], status: 400),
        Case(name: "a broken Record-Route", lines: ["Record-Route: <<"], status: 400),
        Case(
            name: "R3261-08: an unknown extension",
            lines: ["Require: eventlist, recipient-list-subscribe, foo"],
            status: 420,
            header: (.unsupported, "recipient-list-subscribe, foo")
        ),
        Case(
            name: "R3261-09: a body",
            lines: ["Content-Type: application/resource-lists+xml"],
            body: "<x/>",
            status: 415,
            header: (.accept, "")
        ),
        Case(
            name: "R4826-43, R6665-21: a package that the list does not have",
            packages: ["dialog"],
            status: 489,
            // RFC 6665 8.2.2: templates are not listed.
            header: (.allowEvents, "presence, dialog")
        ),
        Case(name: "R4826-31: a list with no package at all", packages: [], status: 489),
        Case(name: "R4826-43: a package is not its template", packages: ["presence.winfo"], status: 489),
        Case(name: "R4662-30, R6665-28: denied", verdict: .deny, status: 403),
        Case(
            name: "R4662-20, R6665-09: Accept without the list's types",
            lines: ["Accept: application/pidf+xml"],
            status: 406
        ),
        Case(
            name: "R4662-20: q=0 excludes",
            lines: ["Accept: multipart/related;q=0, application/rlmi+xml;q=0.0"],
            status: 406
        ),
        Case(name: "R6665-22: too short", expires: 59, status: 423, header: (.minExpires, "60")),
        Case(name: "R6665-22: 1 s", expires: 1, status: 423, header: (.minExpires, "60")),
        Case(name: "S-LOOP: no hop left", lines: ["Max-Forwards: 0"], status: 483),
    ]

    @Test(arguments: Self.refusals) func refuses(test: Case) throws {
        var world = EngineWorld(Case.configuration)
        var service = EngineWorld.service
        service.packages = test.packages
        let actions = world.subscribe(test.request(world), service: service, verdict: test.verdict)
        #expect(actions.count == 1)
        let reply = try #require(actions.replies.first)
        #expect(reply.statusCode == test.status)
        // R3261-10: what a response copies, and the To tag.
        #expect(reply.text(.callID) == "call-1")
        #expect(reply.text(.cSeq) == "1 SUBSCRIBE")
        #expect(reply.headers.count(of: .via) == 1)
        #expect(reply.toTag != nil)
        #expect(reply.headers.first(.event) == nil)  // R6665-11
        if let (name, value) = test.header {
            #expect(reply.text(name) == value)
        }
        #expect(world.engine.takeEvents().contains { $0.kind == .subscribeRefused && $0.detail == "\(test.status)" })
        // R6665-54: no dialog.
        #expect(world.drained() == RLSStatistics())
    }

    static let served: [Case] = [
        Case(name: "R4662-14: Require: eventlist", lines: ["Require: EventList", "Supported: -"], status: 200),
        Case(name: "R4662-22: compact and joined", lines: ["Supported: -", "k: replaces, EVENTLIST"], status: 200),
        Case(name: "R4662-21: no Accept", lines: ["Accept: -"], status: 200),
        Case(name: "R4662-20: lenient", lines: ["Accept: application/rlmi+xml"], status: 200),
        Case(name: "R4662-20: a range", lines: ["Accept: application/*"], status: 200),
        Case(name: "R4662-20: every type", lines: ["Accept: */*"], status: 200),
        Case(name: "R4662-20: several rows", lines: ["Accept: a/b", "Accept: multipart/related"], status: 200),
        Case(
            name: "R3261-09: an optional body",
            lines: ["Content-Type: a/b", "Content-Disposition: x;handling=optional"],
            body: "<x/>",
            status: 200
        ),
        Case(name: "R6665-04: capped", expires: 100_000, status: 200, header: (.expires, "7200")),
        Case(name: "R6665-03, R4662-26: the default", expires: nil, status: 200, header: (.expires, "3600")),
        Case(
            name: "R6665-04: a huge number",
            lines: ["Expires: 99999999999999999999"],
            expires: nil,
            status: 200,
            header: (.expires, "7200")
        ),
        Case(name: "R6665-05: expires of Contact", lines: ["Contact: <sip:a@192.0.2.10:5062>;expires=5"], status: 200),
        Case(name: "R6665-22: exactly the minimum", expires: 60, status: 200, header: (.expires, "60")),
        Case(name: "R4826-43: a package that the list has", packages: ["presence"], status: 200),
        Case(name: "R6665-29: undecided", verdict: .pending, status: 200),
        Case(name: "R6665-28: politely blocked", verdict: .hide, status: 200),
    ]

    @Test(arguments: Self.served) func serves(test: Case) throws {
        var world = EngineWorld(Case.configuration)
        var service = EngineWorld.service
        service.packages = test.packages
        let actions = world.subscribe(test.request(world), service: service, verdict: test.verdict)
        let reply = try #require(actions.replies.first)
        #expect(reply.statusCode == 200)  // R6665-24: never 202
        #expect(reply.text(.require) == "eventlist")  // R4662-11, R3261-26
        #expect(reply.text(.contact) == "<sip:rls@192.0.2.1:5060>")
        #expect(reply.text(.expires) != nil)
        #expect(reply.text(.allowEvents) == "presence, dialog")  // R6665-46
        #expect(reply.toTag.map { $0.count <= 40 } == true)
        #expect(reply.headers.first(.event) == nil)  // R6665-11
        #expect(reply.headers.first(.subscriptionState) == nil)  // R6665-12
        if let (name, value) = test.header {
            #expect(reply.text(name) == value)
        }
        // R6665-25, R6665-52: one NOTIFY right behind the 200.
        #expect(actions.notifies.count == 1)
        guard case .reply? = actions.first else {
            Issue.record("the NOTIFY overtakes the 200")
            return
        }
        let notify = try ListNotify(actions.notifies.at(0))
        #expect(notify.version == 0 && notify.isFull)
        switch test.verdict {
        case .allow:
            #expect(actions.subscribes.count == 2)
            #expect(notify.resources.count == 2)
        case .pending, .hide, .deny:
            // R4662-31, R4662-43: RLMI without members, no back-ends.
            #expect(actions.subscribes.isEmpty)
            #expect(notify.resources.isEmpty)
            #expect(notify.state == (test.verdict == .pending ? "pending;expires=600" : "active;expires=600"))
        }
    }

    @Test func withoutExpiresThePackageSaysHowLong() throws {  // R4662-26, R6665-03
        var world = EngineWorld(EngineWorld.configuration { $0.eventPackages = [.presence, .registration] })
        for (event, expires) in [("presence", "3600"), ("reg", "3761")] {
            let lines = ["Event: \(event)", "Accept: -"]
            let actions = world.subscribe(world.makeSubscribe(expires: nil, callID: event, lines: lines))
            #expect(try actions.replies.at(0).text(.expires) == expires)
        }
    }

    @Test("R3261-10, R3261-29: a refusal without a dialog has the same To tag for the same request, and for no other")
    func theTagOfARefusalIsThatOfTheRequest() throws {
        func tag(_ cSeq: UInt32 = 1, _ callID: String = "call-1", _ lines: [String] = []) throws -> [UInt8] {
            var world = EngineWorld()
            let actions = world.subscribe(
                world.makeSubscribe(cSeq: cSeq, callID: callID, lines: ["Require: foo"] + lines)
            )
            #expect(actions.status == 420)
            return Array(try #require(actions.replies.first?.toTag))
        }
        let first = try tag()
        #expect(try tag() == first)
        let others = try [tag(2), tag(1, "call-2"), tag(1, "call-1", ["From: <sip:alice@example.org>;tag=other"])]
        #expect(Set(others + [first]).count == 4)
    }

    /// Each request has all the faults of the later ones.
    @Test func theFirstFaultInOrderIsAnswered() {
        let order: [(Int, [String])] = [
            (400, ["Contact: -"]), (420, ["Require: foo"]), (415, ["Content-Type: a/b"]), (489, []), (403, []),
            (406, ["Accept: a/b"]), (423, []),
        ]
        for (index, expected) in order.enumerated() {
            var world = EngineWorld(Case.configuration)
            let rest = order[index...]
            var service = EngineWorld.service
            service.packages = rest.contains { $0.0 == 489 } ? [] : nil
            let test = Case(
                name: "",
                lines: rest.flatMap { $0.1 },
                expires: 5,
                body: rest.contains { $0.0 == 415 } ? "x" : "",
                status: 0
            )
            let verdict: RLSAuthorization = rest.contains { $0.0 == 403 } ? .deny : .allow
            let actions = world.subscribe(test.request(world), service: service, verdict: verdict)
            #expect(actions.status == expected.0)
        }
    }

    @Test func aMergedRequestIsRefusedForHalfAMinute() {  // R3261-07
        var world = EngineWorld()
        let other = world.makeSubscribe(lines: ["Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKother"])
        #expect(world.subscribe(world.makeSubscribe()).status == 200)
        #expect(world.subscribe(other).status == 482)
        #expect(world.subscribe(world.makeSubscribe(cSeq: 2)).status == 200)
        _ = world.advance(.seconds(33), answering: true)
        #expect(world.engine.statistics.mergedRequests == 0)
    }

    @Test func strictAcceptWantsBothTypes() {  // R4662-19
        for (accept, status) in [("multipart/related", 406), ("application/rlmi+xml, multipart/related", 200)] {
            var world = EngineWorld(EngineWorld.configuration { $0.acceptMode = .strict })
            #expect(world.subscribe(world.makeSubscribe(lines: ["Accept: \(accept)"])).status == status)
        }
    }

    @Test func aFetchTouchesNoBackend() throws {  // R4662-59, R6665-32, R6665-40
        var world = EngineWorld(isPersistent: true)
        let actions = world.subscribe(world.makeSubscribe(expires: 0))
        #expect(actions.status == 200)
        #expect(try actions.replies.at(0).text(.expires) == "0")
        #expect(actions.requests.count == 1)
        let notify = try ListNotify(actions.notifies.at(0))
        #expect(notify.state == "terminated;reason=timeout")  // R6665-37: no expires
        #expect(notify.version == 0 && notify.isFull)
        #expect(notify.resources.map { notify.shown($0.uri) } == ["-", "-"])
        #expect(try world.answer(actions.notifies.at(0)).isEmpty)
        #expect(world.engine.takeChanges(includingStates: true, now: world.now, limit: 10).isEmpty)
        let tag = try actions.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) }
        #expect(world.refresh(world.makeSubscribe(cSeq: 2, toTag: tag)).status == 481)
        #expect(world.drained() == RLSStatistics())
    }

    @Test(arguments: [RLSAuthorization.allow, .pending, .hide])
    func aFetchShowsMembersToWhoMaySeeThem(verdict: RLSAuthorization) throws {  // R4662-30
        var world = EngineWorld()
        // The shell asks for no list without permission; the engine does not rely on it.
        let preparation = world.engine.prepare(
            world.read(world.makeSubscribe(expires: 0)),
            service: EngineWorld.service,
            verdict: verdict,
            list: EngineWorld.list(EngineWorld.bob),
            now: world.now
        )
        let notify = try ListNotify(world.finish(preparation).notifies.at(0))
        #expect(notify.resources.map { $0.uri } == (verdict == .allow ? [EngineWorld.bob] : []))
        #expect(notify.isFull)
    }
}
