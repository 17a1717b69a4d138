// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Event, Subscription-State and CSeq.
struct EventValueTests {
    @Test(
        "Event: type, id, blanks, quotes (RFC 6665 §8.2.1)",
        arguments: [
            ("presence", "presence", nil as String?),
            ("presence;id=17", "presence", "17"),
            ("presence.winfo ; ID = a", "presence.winfo", "a"),
            ("Presence", "Presence", nil),
            ("dialog;sla;id=x", "dialog", "x"),
            ("presence;x=\"a;id=no\"", "presence", nil),
            ("presence;id", "presence", nil),
        ]
    )
    func event(_ text: String, _ type: String, _ id: String?) throws {
        let request = Sample.request(.event, text)
        #expect(Sample.text(request.eventType) == type)
        let event = try #require(try request.event)
        #expect(event.type == type)
        #expect(event.id == id)
    }

    @Test(arguments: ["", ";id=1", "a b", "presence,dialog", "presence;id=a b", "\"presence\""])
    func malformedEventIsRefused(_ text: String) {
        let error = #expect(throws: SIPParseError.self) { try Sample.request(.event, text).event }
        #expect(error?.header == .event)
    }

    @Test("The compact name is the same header")
    func compactEvent() throws {
        var request = SIPRequest(.subscribe, uri: "sip:a@b")
        #expect(request.eventType == nil)
        #expect(try request.event == nil)
        request.headers.append("o", "presence")
        #expect(Sample.text(request.eventType) == "presence")
    }

    struct StateRow: Sendable {
        var text: String
        var state: SIPSubscriptionState.State
        var reason: String?
        var expires: UInt32?
        var retryAfter: UInt32?
    }

    @Test(
        "Subscription-State: parameters in any order and case (RFC 6665 §8.2.3)",
        arguments: [
            StateRow(text: "active", state: .active),
            StateRow(text: "ACTIVE ; Expires = 3590", state: .active, expires: 3590),
            StateRow(text: "active;expires=0", state: .active, expires: 0),
            StateRow(text: "Active;Expires=7", state: .active, expires: 7),
            StateRow(text: "active;expires=5;reason=x", state: .active, reason: "x", expires: 5),
            StateRow(text: "active;expires=5 ;retry-after=9", state: .active, expires: 5, retryAfter: 9),
            StateRow(text: "active;expires=6;expires=8", state: .active, expires: 8),
            StateRow(text: "active;expires=4294967296", state: .active, expires: .max),
            StateRow(text: "active;expires=99999999999999999999999", state: .active, expires: .max),
            StateRow(text: "active;expires=x", state: .active),
            StateRow(text: "active;expires=-1", state: .active),
            StateRow(text: "active;expires=", state: .active),
            StateRow(text: "active;expires", state: .active),
            StateRow(text: "active;;expires=5;", state: .active, expires: 5),
            StateRow(text: "pending;x=\"a;expires=9\";expires=5", state: .pending, expires: 5),
            StateRow(text: "terminated;reason=timeout", state: .terminated, reason: "timeout"),
            StateRow(
                text: "terminated;retry-after=5;REASON=Probation",
                state: .terminated,
                reason: "Probation",
                retryAfter: 5
            ),
            StateRow(text: "terminated;reason=\"noresource\"", state: .terminated, reason: "noresource"),
            StateRow(text: "waiting;expires=1", state: .other, expires: 1),
        ]
    )
    func subscriptionState(_ row: StateRow) throws {
        let state = try #require(try Sample.request(.subscriptionState, row.text).subscriptionState)
        #expect(state.state == row.state)
        #expect(Sample.text(state.reason) == row.reason)
        #expect(state.expires == row.expires)
        #expect(state.retryAfter == row.retryAfter)
    }

    @Test(arguments: ["", ";expires=1", "active expires=1", "=active"])
    func malformedSubscriptionStateIsRefused(_ text: String) throws {
        let error = #expect(throws: SIPParseError.self) {
            try Sample.request(.subscriptionState, text).subscriptionState
        }
        #expect(error?.header == .subscriptionState)
        #expect(try Sample.request(.event, "x").subscriptionState == nil)
    }

    @Test(
        "CSeq: a number below 2^31 and a method",
        arguments: [
            ("1 SUBSCRIBE", 1, SIPMethod.subscribe), ("0 \t NOTIFY", 0, .notify),
            ("2147483647 X-y", 2_147_483_647, "X-y"), ("0009\tINVITE", 9, .invite),
        ] as [(String, UInt32, SIPMethod)]
    )
    func cSeq(_ text: String, _ number: UInt32, _ method: SIPMethod) throws {
        let cSeq = try Sample.request(.cSeq, text).cSeq
        #expect(cSeq.number == number)
        #expect(cSeq.method == method)
    }

    @Test(arguments: [
        "", "1", "1 ", "SUBSCRIBE", "SUBSCRIBE 1", "2147483648 X", "36893488147419103232 X", "-1 X", "+1 X", "1.0 X",
        "1 A B", "1 A;b", "1SUBSCRIBE",
    ])
    func malformedCSeqIsRefused(_ text: String) {
        let error = #expect(throws: SIPParseError.self) { try Sample.request(.cSeq, text).cSeq }
        #expect(error?.header == .cSeq)
    }
}
