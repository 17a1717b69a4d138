// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

@testable import RLSTestKit

@Suite("The strict watcher")
struct StrictWatcherTests {
    /// A change that alone breaks one rule.
    struct Fault: Sendable, CustomTestStringConvertible {
        var rule: String
        var edits: [(String, String)]
        var testDescription: String { "\(self.rule) \(self.edits.first.map { "\($0.0) → \($0.1)" } ?? "")" }

        init(_ rule: String, _ old: String, _ new: String) {
            self.rule = rule
            self.edits = [(old, new)]
        }
    }

    static let headerFaults: [Fault] = [
        Fault("R3261-03", "tag=al", "tag=other"),
        Fault("R3261-03", "To: <sip:alice@example.com>", "To: <sip:alice@EXAMPLE.com>"),
        Fault("R3261-03", "From: <sip:team@example.com>", "From: <sip:crew@example.com>"),
        Fault("R3261-03", ">;tag=rls", ">"),
        Fault("R4662-98", ">;tag=rls", ">;tag=fork"),
        Fault("R3261-12", "Max-Forwards: 70\n", ""),
        Fault("R6665-42", "Contact: <sip:rls@rls.example.com>\n", ""),
        Fault("R4662-12", "Require: eventlist\n", ""),
        Fault("R4662-13", "Require: eventlist\n", "Require: eventlist\nSupported: eventlist\n"),
        Fault("R6665-44", "Event: presence", "Event: dialog"),
        Fault("R6665-44", "Event: presence", "Event: presence;id=1"),
        Fault("R6665-44", "Event: presence\n", ""),
        Fault("R6665-65", "Subscription-State: active;expires=600\n", ""),
        Fault("R6665-36", "active;expires=600", "active"),
        Fault("R6665-36", "active;expires=600", "active;expires=700"),
        Fault("R6665-36", "active;expires=600", "waiting;expires=600"),
        Fault("R6665-37", "active;expires=600", "terminated;reason=timeout;expires=10"),
        Fault("R6665-38", "active;expires=600", "terminated"),
        Fault("R6665-01", "NOTIFY sip:alice@192.0.2.10", "NOTIFY sip:alice@192.0.2.99"),
        Fault("R6665-50", "Max-Forwards: 70\n", "Max-Forwards: 70\nRoute: <sip:proxy.example.com;lr>\n"),
        Fault("R4662-125", "Require: eventlist\n", "Require: eventlist\nContent-Encoding: gzip\n"),
        Fault("R4662-63", #"uri="sip:team@example.com""#, #"uri="sip:TEAM@example.com""#),
        Fault("R4662-64", #"version="0""#, #"version="1""#),
        Fault("R4662-53", #"fullState="true""#, #"fullState="false""#),
        Fault("MORE-13", "Content-Type: application/pidf+xml", "Content-Type: application/secret"),
        Fault("R4662-78", #" cid="1.1@rls.example.com""#, ""),
    ]

    @Test(arguments: Self.headerFaults)
    func aFaultOfTheFirstNotifyIsFound(_ fault: Fault) {
        var watcher = SampleNotify.subscribed()
        // What belongs to another dialog is answered 481 and does not reach the audit: hand it in as sent.
        watcher.serverSent(SampleNotify().request(replacing: fault.edits), at: .zero)
        #expect(watcher.violations.map(\.rule).contains(fault.rule), "\(watcher.violations)")
    }

    static let answerFaults: [Fault] = [
        Fault("R4662-11", "Require: eventlist\n", ""),
        Fault("R6665-04", "Expires: 600\n", ""),
        Fault("R6665-04", "Expires: 600", "Expires: 601"),
        Fault("R6665-24", "200 OK", "202 Accepted"),
        Fault("R3261-01", "Contact: <sip:rls@rls.example.com>\n", ""),
        Fault("R3261-01", ";tag=rls", ""),
        Fault("R3261-01", "Require: eventlist\n", "Require: eventlist\nRecord-Route: <sip:p.example.com;lr>\n"),
        Fault("R3261-10", "Call-ID: c1@phone", "Call-ID: c2@phone"),
        Fault("R3261-10", "tag=al", "tag=el"),
        Fault("R6665-11", "Require: eventlist\n", "Require: eventlist\nEvent: presence\n"),
        Fault("R6665-12", "Require: eventlist\n", "Require: eventlist\nSubscription-State: active\n"),
        Fault("R6665-22", "200 OK", "423 Interval Too Brief"),
        Fault("R6665-21", "200 OK", "489 Bad Event"),
        Fault("R3261-08", "200 OK", "420 Bad Extension"),
    ]

    @Test(arguments: Self.answerFaults)
    func aFaultOfAnAnswerIsFound(_ fault: Fault) {
        var watcher = StrictWatcher(SampleNotify.options)
        _ = watcher.subscribe(expires: 600)
        watcher.receive(SampleNotify.accepted(1, expires: 600, replacing: fault.edits), at: .zero)
        #expect(watcher.violations.map(\.rule).contains(fault.rule), "\(watcher.violations)")
    }

    @Test func aCorrectSubscriptionHasNoViolations() throws {
        var watcher = SampleNotify.subscribed()
        let first = watcher.receive(SampleNotify().request(), at: .zero)
        #expect(first?.statusCode == 200)
        let next = SampleNotify(version: 1, cSeq: 2, fullState: false, state: "active;expires=590", parts: 1)
        #expect(watcher.receive(next.request(), at: Self.at(10))?.statusCode == 200)
        _ = watcher.unsubscribe()
        watcher.receive(SampleNotify.accepted(2, expires: 0), at: Self.at(20))
        let last = SampleNotify(version: 2, cSeq: 3, state: "terminated;reason=timeout")
        #expect(watcher.receive(last.request(), at: Self.at(20))?.statusCode == 200)
        watcher.check(at: Self.at(5000))
        #expect(watcher.violations == [])
        #expect(watcher.phase == .terminated(reason: "timeout"))
        #expect(watcher.table["sip:bob@example.com"]?.instances.first?.state == .active)
    }

    static func at(_ seconds: UInt64) -> RLSInstant { RLSInstant(nanoseconds: seconds * 1_000_000_000) }

    /// A second NOTIFY after a first one that was answered; the rule that it breaks.
    @Test(arguments: [
        ("R4662-64", SampleNotify(version: 0, cSeq: 2)),
        ("R4662-64", SampleNotify(version: 2, cSeq: 2)),
        ("R4662-65", SampleNotify(version: 2, cSeq: 2, fullState: false)),
        ("R3261-05", SampleNotify(version: 1, cSeq: 1)),
        (
            "R4662-52",
            SampleNotify(version: 1, cSeq: 2, resources: [#"<resource uri="sip:bob@example.com"/>"#], parts: 0)
        ),
        (
            "R4662-75",
            SampleNotify(
                version: 1,
                cSeq: 2,
                resources: [
                    #"<resource uri="sip:bob@example.com"><instance id="x" state="active" cid="CID1"/></resource>"#
                ]
            )
        ),
    ])
    func aFaultOfOrderIsFound(_ rule: String, _ second: SampleNotify) {
        var watcher = SampleNotify.subscribed()
        _ = watcher.receive(SampleNotify().request(), at: .zero)
        _ = watcher.receive(second.request(), at: .zero)
        #expect(watcher.violations.map(\.rule).contains(rule), "\(watcher.violations)")
    }

    @Test(
        "R3261-04: before a strict router the Contact is the last Route, before a loose one the target",
        arguments: [
            ("<sip:p1>", "sip:p1", "<sip:p2;lr>, <sip:alice@192.0.2.10>", []),
            ("<sip:p1>", "sip:p1", "<sip:alice@192.0.2.10>, <sip:p2;lr>", ["R6665-01", "R6665-50"]),
            ("<sip:p1>", "sip:alice@192.0.2.10", "<sip:p1>, <sip:p2;lr>", ["R6665-01", "R6665-50"]),
            ("<sip:p1;lr>", "sip:alice@192.0.2.10", "<sip:p1;lr>, <sip:p2;lr>", []),
            ("<sip:p1;lr>", "sip:p1;lr", "<sip:p2;lr>, <sip:alice@192.0.2.10>", ["R6665-01", "R6665-50"]),
        ] as [(String, String, String, [String])]
    )
    func aWrongWayIsFound(first: String, target: String, routes: String, rules: [String]) {
        var options = SampleNotify.options
        options.recordRoutes = [first, "<sip:p2;lr>"]
        var watcher = StrictWatcher(options)
        _ = watcher.subscribe(expires: 600)
        var notify = SampleNotify()
        notify.target = target
        watcher.serverSent(notify.request(replacing: [("Require:", "Route: \(routes)\nRequire:")]), at: .zero)
        #expect(watcher.violations.map(\.rule) == rules)
    }

    @Test("R4662-82: parts and boundaries have names of their own")
    func repeatedNamesAreFound() {
        var watcher = SampleNotify.subscribed()
        _ = watcher.receive(SampleNotify().request(), at: .zero)
        let edits = [("boundary0123456789abcdef2x", "boundary0123456789abcdef1x"), ("2.1@rls", "1.1@rls")]
        _ = watcher.receive(SampleNotify(version: 1, cSeq: 2).request(replacing: edits), at: .zero)
        #expect(watcher.violations.filter { $0.rule == "R4662-82" }.count == 2)
    }

    @Test("R6665-51: one NOTIFY in flight")
    func twoInFlightAreFound() {
        var watcher = SampleNotify.subscribed()
        #expect(watcher.receive(SampleNotify().request(), at: .zero, answering: .later) == nil)
        _ = watcher.receive(SampleNotify(version: 1, cSeq: 2).request(), at: .zero)
        #expect(watcher.violations.map(\.rule) == ["R6665-51"])
    }

    @Test("R4662-51, R4662-65: full state after a SUBSCRIBE and after a failure")
    func missingFullStateIsFound() {
        var watcher = SampleNotify.subscribed()
        _ = watcher.receive(SampleNotify().request(), at: .zero)
        _ = watcher.subscribe(expires: 600)
        watcher.receive(SampleNotify.accepted(2, expires: 600), at: .zero)
        _ = watcher.receive(
            SampleNotify(version: 1, cSeq: 2, fullState: false).request(),
            at: .zero,
            answering: .refuse(503)
        )
        _ = watcher.receive(SampleNotify(version: 2, cSeq: 3, fullState: false).request(), at: .zero)
        #expect(watcher.violations.map(\.rule) == ["R4662-51", "R4662-65"])
    }

    @Test("R6665-35, R6665-34, R6665-40: nothing follows the end", arguments: ["R6665-35", "R6665-34", "R6665-40"])
    func aNotifyAfterTheEndIsFound(_ rule: String) {
        var watcher = SampleNotify.subscribed()
        switch rule {
        case "R6665-35":
            _ = watcher.receive(SampleNotify().request(), at: .zero, answering: .refuse(481))
            watcher.serverSent(SampleNotify(version: 1, cSeq: 2).request(), at: .zero)
        case "R6665-34":
            for index in 0..<3 {
                _ = watcher.receive(
                    SampleNotify(version: UInt32(index), cSeq: UInt32(index + 1)).request(),
                    at: .zero,
                    answering: .silence
                )
                watcher.gaveUp(at: .zero)
            }
            watcher.serverSent(SampleNotify(version: 3, cSeq: 4).request(), at: .zero)
        default:
            _ = watcher.receive(SampleNotify(state: "terminated;reason=deactivated").request(), at: .zero)
            watcher.serverSent(SampleNotify(version: 1, cSeq: 2).request(), at: .zero)
        }
        #expect(watcher.violations.map(\.rule) == [rule])
    }

    @Test("R6665-25, R6665-31: what does not come is missed")
    func missingNotifiesAreFound() {
        var watcher = SampleNotify.subscribed()
        watcher.check(at: Self.at(1))
        #expect(watcher.violations == [])
        watcher.check(at: Self.at(2))
        watcher.check(at: Self.at(603))
        #expect(watcher.violations.map(\.rule) == ["R6665-25", "R6665-31"])
    }

    @Test("R6665-54: no NOTIFY after a refusal")
    func aNotifyAfterARefusalIsFound() {
        var watcher = StrictWatcher(SampleNotify.options)
        _ = watcher.subscribe()
        watcher.receive(SampleNotify.accepted(1, expires: 600, replacing: [("200 OK", "403 Forbidden")]), at: .zero)
        #expect(watcher.phase == .refused(403))
        #expect(watcher.receive(SampleNotify().request(), at: .zero)?.statusCode == 481)
        watcher.serverSent(SampleNotify().request(), at: .zero)
        #expect(watcher.violations.map(\.rule).contains("R6665-54"))
    }

    @Test("R6665-32: an unsubscribe ends with timeout, R4662-42: and with RLMI")
    func aWrongEndIsFound() {
        var watcher = SampleNotify.subscribed()
        _ = watcher.receive(SampleNotify().request(), at: .zero)
        _ = watcher.unsubscribe()
        watcher.receive(SampleNotify.accepted(2, expires: 0), at: .zero)
        var last = SampleNotify(version: 1, cSeq: 2, state: "terminated;reason=deactivated").request()
        last.body = []
        last.headers.remove(.contentType)
        last.headers.remove(.contentLength)
        _ = watcher.receive(last, at: .zero)
        #expect(Set(watcher.violations.map(\.rule)) == ["R6665-32", "R4662-42"])
    }

    @Test("R4662-64: after a restart numbers jump once, to a full state")
    func aRestartMayJumpOnce() {
        var watcher = SampleNotify.subscribed()
        _ = watcher.receive(SampleNotify().request(), at: .zero)
        watcher.serverRestarted(at: .zero)
        _ = watcher.receive(SampleNotify(version: 70_000, cSeq: 70_000).request(), at: .zero)
        #expect(watcher.violations == [])
        _ = watcher.receive(SampleNotify(version: 70_002, cSeq: 70_001).request(), at: .zero)
        #expect(watcher.violations.map(\.rule) == ["R4662-64"])
    }

    @Test(
        "R6665-31: a server that has loaded its store late may have missed an end, but not one that it was asked for since"
    )
    func aServerThatLoadsLate() {
        for isSeen in [false, true] {
            var watcher = SampleNotify.subscribed()
            watcher.serverAnswered(SampleNotify.accepted(1, expires: 600), at: .zero)
            watcher.serverRestarted(at: .zero)
            let end = RLSInstant.zero.advanced(by: .seconds(600))
            if isSeen {
                watcher.serverSent(SampleNotify(version: 70_000, cSeq: 70_000).request(), at: .zero)
                watcher.serverLearned(status: 200, ofNotify: 70_000, at: .zero)
            }
            watcher.serverLoaded(at: end)
            let last = SampleNotify(version: 70_001, cSeq: 70_001, state: "terminated;reason=timeout").request()
            watcher.serverSent(last, at: end)
            #expect(watcher.violations.map(\.rule) == (isSeen ? [] : ["R6665-31"]))
        }
    }

    @Test("R6665-34: a NOTIFY that left before the 2xx of a refresh does not count")
    func aTimeoutFromBeforeTheRefreshDoesNotCount() {
        var options = SampleNotify.options
        options.notifyTimeoutLimit = 1
        var watcher = SampleNotify.subscribed(options)
        watcher.serverSent(SampleNotify().request(), at: .zero)
        _ = watcher.subscribe()
        watcher.serverAnswered(SampleNotify.accepted(2, expires: 600), at: .zero)
        watcher.serverLearned(status: nil, ofNotify: 1, at: .zero)
        watcher.serverSent(SampleNotify(version: 1, cSeq: 2).request(), at: .zero)
        #expect(watcher.violations == [])
        watcher.serverLearned(status: nil, ofNotify: 2, at: .zero)
        watcher.serverSent(SampleNotify(version: 2, cSeq: 3).request(), at: .zero)
        #expect(watcher.violations.map(\.rule) == ["R6665-34"])
    }

    @Test("R4662-98: NOTIFYs of other dialogs get 481")
    func forksGet481() {
        var watcher = SampleNotify.subscribed()
        _ = watcher.receive(SampleNotify().request(), at: .zero)
        let fork = SampleNotify(version: 0, cSeq: 1).request(replacing: [(">;tag=rls", ">;tag=fork")])
        #expect(watcher.receive(fork, at: .zero)?.statusCode == 481)
        #expect(watcher.violations == [])
    }
}
