// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

@testable import RLSProxy

@Suite("Presence agent")
struct PresenceAgentTests {
    private let path = SIPPath(
        transport: .udp,
        local: SIPPath.Address(host: "192.0.2.1", port: 5060),
        remote: SIPPath.Address(host: "192.0.2.7", port: 5062),
        flow: 7
    )
    private let contact = "sip:presence@192.0.2.1:5060"
    private let open = "<presence entity='sip:bob@example.org'>open</presence>"

    private func makeAgent() -> PresenceAgent {
        let limits = PresenceAgent.Limits(minExpires: 60, maxExpires: 7200)
        let words = WordBox()
        return PresenceAgent(limits: limits, now: .zero, random: { words.next() })
    }

    private func publish(_ headers: String = "", body: String? = nil) throws -> SIPRequest {
        try SIPRequest.parsed(
            """
            PUBLISH sip:bob@example.org SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK1
            From: <sip:bob@example.org>;tag=b
            To: <sip:bob@example.org>
            Call-ID: p
            CSeq: 1 PUBLISH
            Max-Forwards: 70
            Event: presence
            \(headers)
            """,
            body: body,
            type: "application/pidf+xml"
        )
    }

    private func subscribe(_ headers: String, sequence: Int = 1, toTag: String? = nil) throws -> SIPRequest {
        try SIPRequest.parsed(
            """
            SUBSCRIBE sip:bob@example.org SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK2
            From: <sip:tom@example.org>;tag=t
            To: <sip:bob@example.org>\(toTag.map { ";tag=\($0)" } ?? "")
            Call-ID: s
            CSeq: \(sequence) SUBSCRIBE
            Max-Forwards: 70
            Contact: <sip:tom@192.0.2.7:5062>
            \(headers)
            """
        )
    }

    private func seconds(_ seconds: UInt64) -> RLSInstant {
        RLSInstant(nanoseconds: seconds * 1_000_000_000)
    }

    @Test("a subscription gets 200 and at once a NOTIFY without body while nothing is known (R6665-25)")
    func unknownPresentity() throws {
        var agent = self.makeAgent()
        let request = try self.subscribe("Event: presence\nExpires: 600")
        let outcome = agent.subscribe(request, from: .phone(self.path), contact: self.contact, now: .zero)
        #expect(outcome.response.statusCode == 200)
        #expect(outcome.response.text(.expires) == "600")
        let notify = try #require(outcome.notifications.first?.request)
        #expect(notify.body.isEmpty)
        #expect(notify.text(.subscriptionState) == "active;expires=600")
        #expect(notify.text(.to) == "<sip:tom@example.org>;tag=t")
        #expect(notify.text(.from) == outcome.response.text(.to))
        #expect(notify.text(.cSeq) == "1 NOTIFY")
    }

    @Test("a publication reaches its watchers byte for byte, and its end shows as closed")
    func publicationReachesWatchers() throws {
        var agent = self.makeAgent()
        let watching = try self.subscribe("Event: presence\nExpires: 600")
        _ = agent.subscribe(watching, from: .phone(self.path), contact: self.contact, now: .zero)

        let published = agent.publish(try self.publish("Expires: 300", body: self.open), now: .zero)
        #expect(published.response.statusCode == 200)
        #expect(published.notifications.map { String(decoding: $0.request.body, as: UTF8.self) } == [self.open])

        let etag = try #require(published.response.text(.sipETag))
        let removed = agent.publish(try self.publish("Expires: 0\nSIP-If-Match: \(etag)"), now: .zero)
        #expect(removed.response.statusCode == 200)
        let body = try #require(removed.notifications.first?.request.body)
        #expect(String(decoding: body, as: UTF8.self).contains("<basic>closed</basic>"))
    }

    @Test("RFC 3903 §4.4: a refresh without body changes the entity tag and tells nobody")
    func refreshOfPublication() throws {
        var agent = self.makeAgent()
        let watching = try self.subscribe("Event: presence\nExpires: 600")
        _ = agent.subscribe(watching, from: .phone(self.path), contact: self.contact, now: .zero)
        let first = agent.publish(try self.publish("Expires: 300", body: self.open), now: .zero)
        let etag = try #require(first.response.text(.sipETag))
        let second = agent.publish(try self.publish("Expires: 300\nSIP-If-Match: \(etag)"), now: self.seconds(200))
        #expect(second.response.statusCode == 200)
        #expect(second.response.text(.sipETag) != etag)
        #expect(second.notifications.isEmpty)
        #expect(agent.deadlineReached(now: self.seconds(310)).count == 0)
        // Now only the refreshed life counts.
        #expect(agent.deadlineReached(now: self.seconds(501)).count == 1)
    }

    @Test("RFC 3903 §6: a publication under an unknown entity tag gets 412")
    func unknownEntityTag() throws {
        var agent = self.makeAgent()
        let outcome = agent.publish(try self.publish("SIP-If-Match: gone", body: self.open), now: .zero)
        #expect(outcome.response.statusCode == 412)
    }

    @Test(
        "what cannot be served is refused with the code of its RFC",
        arguments: [
            ("Event: dialog\nExpires: 600", 489),
            ("Expires: 600", 489),
            ("Event: presence\nExpires: 59", 423),
            ("Event: presence\nExpires: soon", 400),
            ("Event: presence\nAccept: text/plain", 406),
        ]
    )
    func refusals(headers: String, status: Int) throws {
        var agent = self.makeAgent()
        let request = try self.subscribe(headers)
        let outcome = agent.subscribe(request, from: .phone(self.path), contact: self.contact, now: .zero)
        #expect(outcome.response.statusCode == status)
        #expect(outcome.notifications.isEmpty)
        #expect(agent.subscriptions.isEmpty)
    }

    @Test("the longest life is cut to the limit, and a subscription ends with timeout (R6665-31)")
    func expiry() throws {
        var agent = self.makeAgent()
        let request = try self.subscribe("Event: presence\nExpires: 4294967295")
        let outcome = agent.subscribe(request, from: .phone(self.path), contact: self.contact, now: .zero)
        #expect(outcome.response.text(.expires) == "7200")
        // The wheel is shorter than the subscription: it must survive the wheel's rounds.
        for second in stride(from: 10, through: 7190, by: 10) {
            #expect(agent.deadlineReached(now: self.seconds(UInt64(second))).count == 0)
        }
        let last = agent.deadlineReached(now: self.seconds(7201))
        #expect(last.map { $0.request.text(.subscriptionState) } == ["terminated;reason=timeout"])
        #expect(agent.presentities.isEmpty)
    }

    @Test("refresh keeps the dialog, unsubscribe ends it, afterwards it is unknown (R6665-32, R6665-47)")
    func dialogLife() throws {
        var agent = self.makeAgent()
        let first = try self.subscribe("Event: presence\nExpires: 600")
        let begun = agent.subscribe(first, from: .phone(self.path), contact: self.contact, now: .zero)
        let to = try #require(begun.response.toTag)
        let tag = String(decoding: to, as: UTF8.self)

        let refresh = try self.subscribe("Event: presence\nExpires: 900", sequence: 2, toTag: tag)
        let refreshed = agent.subscribe(refresh, from: .phone(self.path), contact: self.contact, now: .zero)
        #expect(refreshed.response.statusCode == 200)
        #expect(refreshed.notifications.map { $0.request.text(.cSeq) } == ["2 NOTIFY"])

        let stale = agent.subscribe(refresh, from: .phone(self.path), contact: self.contact, now: .zero)
        #expect(stale.response.statusCode == 500, "R3261-05: an old CSeq")

        let end = try self.subscribe("Event: presence\nExpires: 0", sequence: 3, toTag: tag)
        let ended = agent.subscribe(end, from: .phone(self.path), contact: self.contact, now: .zero)
        #expect(ended.response.statusCode == 200)
        #expect(ended.notifications.map { $0.request.text(.subscriptionState) } == ["terminated;reason=timeout"])

        let late = try self.subscribe("Event: presence\nExpires: 600", sequence: 4, toTag: tag)
        let refused = agent.subscribe(late, from: .phone(self.path), contact: self.contact, now: .zero)
        #expect(refused.response.statusCode == 481)
    }

    @Test("a NOTIFY that finds no dialog ends the subscription, a busy phone does not", arguments: [481, 500])
    func failedNotify(status: Int) throws {
        var agent = self.makeAgent()
        let request = try self.subscribe("Event: presence\nExpires: 600")
        let outcome = agent.subscribe(request, from: .phone(self.path), contact: self.contact, now: .zero)
        let tag = try #require(outcome.notifications.first?.tag)
        agent.notifyFailed(tag, status: status)
        #expect(agent.subscriptions.isEmpty == (status == 481))
    }

    @Test("R3261-04: NOTIFYs follow the route set of the SUBSCRIBE")
    func routeSet() throws {
        var agent = self.makeAgent()
        let request = try self.subscribe("Event: presence\nRecord-Route: <sip:p2;lr>, <sip:p1;lr>")
        let outcome = agent.subscribe(request, from: .phone(self.path), contact: self.contact, now: .zero)
        let notify = try #require(outcome.notifications.first?.request)
        #expect(
            notify.headers.values(.route).map { String(decoding: $0, as: UTF8.self) } == ["<sip:p2;lr>", "<sip:p1;lr>"]
        )
        #expect(String(decoding: notify.requestURI, as: UTF8.self) == "sip:tom@192.0.2.7:5062")
        #expect(outcome.response.headers.values(.recordRoute).count == 2)
    }
}
