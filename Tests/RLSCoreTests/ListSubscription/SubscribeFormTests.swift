// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// SUBSCRIBEs of phones in every form that the grammar allows.
@Suite struct SubscribeFormTests {
    static let forms: [MessageForm] = [
        MessageForm(
            name: "R6665-13, R3261-16: compact forms",
            changes: [
                ("From:", "f:"), ("To:", "t:"), ("Call-ID:", "i:"), ("Via:", "v:"), ("Contact:", "m:"),
                ("Event:", "o:"), ("Supported:", "k:"),
            ]
        ),
        MessageForm(
            name: "R3261-16: folded lines",
            changes: [
                ("Event: ", "Event:\n "), ("Supported: ", "Supported: replaces,\n "), ("Expires: ", "Expires:\n\t"),
                ("Accept: application/pidf+xml, ", "Accept: application/pidf+xml,\n "),
            ]
        ),
        MessageForm(
            name: "R3261-17: names in any case, blanks before the colon",
            changes: [
                ("Event:", "event :"), ("Call-ID:", "CALL-ID:"), ("CSeq:", "cseq\t:"), ("Supported:", "SUPPORTED:"),
            ]
        ),
        MessageForm(
            name: "To and From without angle brackets, as linphone writes them",
            changes: [
                ("To: <sip:alice-list@example.org>", "To: sip:alice-list@example.org"),
                ("From: <sip:alice@example.org>", "From: sip:alice@example.org"),
            ]
        ),
        MessageForm(
            name: "a display name with everything in it",
            changes: [("From: <sip:alice@example.org>", #"From: "A. \"L\" <i>;tag=x, ce" <sip:alice@example.org>;x=y"#)]
        ),
        MessageForm(
            name: "R3261-28: a To that is not the list",
            changes: [("To: <sip:alice-list@example.org>", "To: <sip:someone@elsewhere.example>")]
        ),
        MessageForm(
            name: "R4662-22: several rows and values",
            changes: [
                ("Supported: eventlist", "Supported: replaces, 100rel\nSupported: gruu,eventlist"),
                (
                    "Accept: application/pidf+xml, application/rlmi+xml, multipart/related",
                    "Accept: multipart/related\nAccept: application/pidf+xml\nAccept: application/rlmi+xml"
                ),
            ]
        ),
    ]

    @Test(arguments: Self.forms) func everyFormIsServed(_ form: MessageForm) throws {
        var world = EngineWorld()
        let initial = form.applied(to: world.makeSubscribe())
        guard
            case .initial = RLSEngine.route(
                subscribe: initial,
                configuration: world.configuration,
                shardCount: 1
            )
        else {
            Issue.record("not taken for a list's")
            return
        }
        let first = world.subscribe(initial)
        #expect(first.status == 200)
        let notify = try first.notifies.at(0)
        #expect(try ListNotify(notify).uri == "sip:alice-list@example.org")
        // R3261-03: what the phone calls itself, and its tag.
        #expect(notify.request.toTag.map { String(decoding: $0, as: UTF8.self) } == "phone")
        #expect(try notify.request.to.uri.text == "sip:alice@example.org")
        #expect(try first.subscribes.at(0).request.from.uri.text == "sip:alice@example.org")
        _ = world.answer(notify)
        let tag = try #require(first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) })
        let refresh = world.refresh(form.applied(to: world.makeSubscribe(cSeq: 2, toTag: tag)))
        #expect(refresh.status == 200)
        #expect(try ListNotify(refresh.notifies.at(0)).version == 1)
    }

    @Test(
        arguments: [
            "sip:alice-list@EXAMPLE.org", "sip:%61lice-list@example.org", "SIP:alice-list@example.org;x=y",
            "sip:alice-list@example.org;transport=udp",
        ]
    )
    func theListIsCalledAsThePhoneCallsIt(uri: String) throws {  // R4662-63
        var world = EngineWorld()
        var request = world.makeSubscribe()
        request.requestURI = Array(uri.utf8)[...]
        let actions = world.subscribe(request)
        #expect(try ListNotify(actions.notifies.at(0)).uri == uri)
        // In the dialog requests go to our Contact, and the list keeps its name.
        let tag = try #require(actions.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) })
        _ = try world.answer(actions.notifies.at(0))
        var refresh = world.makeSubscribe(cSeq: 2, toTag: tag)
        refresh.requestURI = Array("sip:rls@192.0.2.1:5060".utf8)[...]
        #expect(try ListNotify(world.refresh(refresh).notifies.at(0)).uri == uri)
    }
}
