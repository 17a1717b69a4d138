// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore
import SIPMessage
import SIPPhone
import Testing
import XCAPResolvers

@testable import RLSProxy

@Suite("Alice's list over sockets", .timeLimit(.minutes(1)))
struct ListTests {
    private static let lists = URL(filePath: #filePath).appending(path: "../../../../Lists").standardizedFileURL

    private func withLists(body: (RunningProxy) async throws -> Void) async throws {
        let resolver = XCAPDirectoryResolver(directory: Self.lists.path(percentEncoded: false))
        try await withProxy(resolver: resolver, body: body)
    }

    @Test(
        "one SUBSCRIBE shows all buddies, changes follow, unsubscribe ends it",
        arguments: [SIPPhone.Transport.udp, .tcp]
    )
    func scene(transport: SIPPhone.Transport) async throws {
        try await self.withLists { running in
            let alice = try await running.phone("sip:alice@example.org", over: transport)
            let bob = try await running.phone("sip:bob@example.org")
            var subscription = PhoneSubscription(to: "sip:alice-list@example.org")
            let accepted = try await alice.send(subscription.request(from: alice, expires: 600))
            #expect(accepted.statusCode == 200)
            #expect(accepted.headers.contains(.require, token: "eventlist"))
            try subscription.established(by: accepted)
            let first = try ListNotice(try await alice.nextRequest())
            #expect(first.version == 0)
            #expect(first.isFull)
            #expect(first.resources.map(\.uri) == ["sip:bob@example.org", "sip:claire@example.org"])

            var publication = PhonePublication()
            let document = "<presence>open</presence>"
            _ = try await bob.send(publication.request(from: bob, document: document))
            var change = try ListNotice(try await alice.nextRequest())
            while change.resources.allSatisfy({ $0.body == nil }) {
                change = try ListNotice(try await alice.nextRequest())
            }
            #expect(change.resources.map(\.body) == [Array(document.utf8)])
            #expect(!change.isFull)

            let ended = try await alice.send(subscription.request(from: alice, expires: 0))
            #expect(ended.statusCode == 200)
            #expect(try ListNotice(try await alice.nextRequest()).isLast)
        }
    }

    @Test("R6665-41: at shutdown every list dialog is told, and the proxy ends")
    func shutdown() async throws {
        let alice = try await self.subscribedAlice()
        // The proxy has stopped by now: what it said last is waiting.
        var last = try ListNotice(try await alice.nextRequest())
        while !last.isLast {
            last = try ListNotice(try await alice.nextRequest())
        }
        #expect(last.subscriptionState.contains("deactivated"))
    }

    private func subscribedAlice() async throws -> SIPPhone {
        let resolver = XCAPDirectoryResolver(directory: Self.lists.path(percentEncoded: false))
        var phone: SIPPhone?
        try await withProxy(resolver: resolver) { running in
            let alice = try await running.phone("sip:alice@example.org")
            var subscription = PhoneSubscription(to: "sip:alice-list@example.org")
            _ = try await alice.send(subscription.request(from: alice, expires: 600))
            _ = try await alice.nextRequest()
            phone = alice
        }
        return try #require(phone)
    }

    @Test("a SUBSCRIBE that is not for a list goes to the presence agent (R6665-47)")
    func notOurs() async throws {
        try await self.withLists { running in
            let alice = try await running.phone("sip:alice@example.org")
            // Supports lists, but Bob is none.
            var subscription = PhoneSubscription(to: "sip:bob@example.org")
            let response = try await alice.send(subscription.request(from: alice, expires: 600))
            #expect(response.statusCode == 200)
            #expect(!response.headers.contains(.require, token: "eventlist"))
            #expect(try await alice.nextRequest().body.isEmpty)
        }
    }

    @Test("a NOTIFY that nobody here asked for gets 481 (R6665-65)")
    func strayNotify() async throws {
        try await self.withLists { running in
            let phone = try await running.phone("sip:bob@example.org")
            let address = "\(running.udp.ipAddress ?? ""):\(running.udp.port ?? 0)"
            var request = SIPRequest(.notify, uri: "sip:rls@\(address)")
            request.headers.append(.maxForwards, "70")
            request.headers.append(.from, "<sip:bob@example.org>;tag=b")
            request.headers.append(.to, "<sip:alice@example.org>;tag=unknown")
            request.headers.append(.callID, "stray")
            request.headers.append(.cSeq, "1 NOTIFY")
            request.headers.append(.contact, "<\(phone.contact)>")
            request.headers.append(.event, "presence")
            request.headers.append(.subscriptionState, "active;expires=600")
            #expect(try await phone.send(request).statusCode == 481)
        }
    }
}
