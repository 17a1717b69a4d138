// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// NOTIFYs of presence servers in every form that the grammar allows, and the extensions they may ask for.
@Suite struct BackendFormTests {
    static let forms: [MessageForm] = [
        MessageForm(
            name: "R6665-13, R3261-16: compact forms",
            changes: [
                ("From:", "f:"), ("To:", "t:"), ("Call-ID:", "i:"), ("Via:", "v:"), ("Contact:", "m:"),
                ("Event:", "o:"), ("Content-Type:", "c:"), ("Content-Length:", "l:"),
            ]
        ),
        MessageForm(
            name: "R3261-17: names and blanks as one likes",
            changes: [
                ("Event:", "EVENT  :"), ("Call-ID:", "call-id\t:"), ("Subscription-State:", "subscription-STATE:"),
            ]
        ),
        MessageForm(
            name: "R3261-16: folded lines",
            changes: [
                ("Event: ", "Event:\n "), ("Subscription-State: active;", "Subscription-State: active\n ;"),
                ("Content-Type: ", "Content-Type:\n\t"),
            ]
        ),
        MessageForm(
            name: "a display name with everything in it, and further parameters",
            changes: [("From: <\(EngineWorld.bob)>", #"From: "Bob \" <x>;tag=no, B." <\#(EngineWorld.bob)>;p="a;b""#)]
        ),
        MessageForm(name: "no angle brackets", changes: [("From: <\(EngineWorld.bob)>", "From: \(EngineWorld.bob)")]),
        MessageForm(name: "parameters of Event", changes: [("Event: presence", "Event: presence;x=1;Y")]),
        MessageForm(name: "the address in another form", changes: [("From: <sip:", "From: <SIP:")]),
    ]

    @Test(arguments: Self.forms) func everyFormOfANotifyIsTaken(_ form: MessageForm) throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        _ = try world.answer(first.notifies.at(0))
        let subscribe = try first.subscribes.at(0)
        _ = world.answer(subscribe, lines: [(.expires, "600")])
        // One that makes the dialog, and one in it.
        for (cSeq, body) in [(1, "<one/>"), (2, "<two/>")] as [(UInt32, String)] {
            let plain = EngineWorld.makeNotify(to: subscribe.request, cSeq: cSeq, body: body)
            let actions = world.notify(form.applied(to: plain))
            #expect(actions.status == 200)
            let later = actions.notifies + world.advance(.seconds(6)).notifies
            let notify = try ListNotify(later.at(0))
            #expect(notify.shown(EngineWorld.bob) == "active:\(body)")
            #expect(notify.parts.values.contains { $0.contentType == "application/pidf+xml" })
            _ = world.answer(try later.at(0))
        }
    }

    struct Extension: Sendable, CustomTestStringConvertible {
        var name: String
        var nestedLists = false
        var line: String
        var status: Int
        var reply: (SIPHeaderName, String)?
        var testDescription: String { self.name }
    }

    @Test(
        arguments: [
            Extension(
                name: "R3261-08: unknown extensions",
                line: "Require: foo, bar",
                status: 420,
                reply: (.unsupported, "foo, bar")
            ),
            Extension(
                name: "R3261-08, R4662-114: a list although we did not ask for one",
                line: "Require: eventlist",
                status: 420,
                reply: (.unsupported, "eventlist")
            ),
            Extension(name: "R4662-114: a list", nestedLists: true, line: "Require: EventList", status: 200),
            Extension(
                name: "R3261-08: a list with more",
                nestedLists: true,
                line: "Require: eventlist, foo",
                status: 420,
                reply: (.unsupported, "foo")
            ),
            Extension(
                name: "R3261-09: an encoded body",
                line: "Content-Encoding: gzip",
                status: 415,
                reply: (.acceptEncoding, "identity")
            ),
            Extension(name: "R3261-09: compact form", line: "e: deflate", status: 415),
            Extension(name: "R3261-09: as it is", line: "Content-Encoding: identity", status: 200),
            Extension(name: "R3261-08: Proxy-Require is for proxies", line: "Proxy-Require: foo", status: 200),
        ]
    )
    func whatIsNotUnderstoodIsRefused(_ test: Extension) throws {
        var world = EngineWorld(EngineWorld.configuration { $0.nestedLists = test.nestedLists })
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob), bodies: ["<old/>"])
        let backend = try list.backends.at(0).request
        let odd = EngineWorld.makeNotify(to: backend, cSeq: 2, body: "<new/>", lines: [test.line])
        let actions = world.notify(odd)
        #expect(actions.status == test.status)
        if let (name, value) = test.reply {
            #expect(try actions.replies.at(0).text(name) == value)
        }
        // R3261-22: a refused NOTIFY changes nothing but its number.
        let later = world.advance(.seconds(6), answering: true).notifies
        #expect(later.isEmpty == (test.status != 200))
        // R6665-73: its number is used, and so are lower ones.
        let repeated = EngineWorld.makeNotify(to: backend, cSeq: 2, body: "<again/>")
        #expect(world.notify(repeated).status == 200)
        #expect(world.notify(EngineWorld.makeNotify(to: backend, cSeq: 1, body: "<first/>")).status == 500)
        #expect(world.advance(.seconds(6), answering: true).notifies.isEmpty)
        let next = EngineWorld.makeNotify(to: backend, cSeq: 3, body: "<next/>")
        #expect(world.notify(next).status == 200)
        let shown = try ListNotify(world.advance(.seconds(6)).notifies.at(0))
        #expect(shown.shown(EngineWorld.bob) == "active:<next/>")
    }

    @Test(arguments: [("Content-Type: -", 400), ("Content-Type: ", 400), ("Content-Type: application/pidf+xml", 200)])
    func theFirstBodyHasAType(line: String, status: Int) throws {  // S-BODYTYPE
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
        let request = try first.subscribes.at(0).request
        #expect(world.notify(EngineWorld.makeNotify(to: request, body: "<p/>", lines: [line])).status == status)
        // A refused NOTIFY makes no dialog, so its number does not count.
        #expect(world.notify(EngineWorld.makeNotify(to: request, body: "<p/>")).status == 200)
    }

    @Test(arguments: [(65_536, 200), (65_537, 413)])
    func bodiesHaveASize(size: Int, status: Int) throws {  // S-SIZE
        var world = EngineWorld()
        let list = world.stand(list: EngineWorld.list(EngineWorld.bob))
        let body = String(repeating: "x", count: size)
        let notify = try EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: body)
        #expect(world.notify(notify).status == status)
    }
}
