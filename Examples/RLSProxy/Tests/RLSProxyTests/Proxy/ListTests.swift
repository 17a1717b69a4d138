// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore
import SIPMessage
import RLSTestKit
import SIPPhone
import Testing
import XCAPResolvers

@testable import RLSProxy

@Suite("Alice's list over sockets", .timeLimit(.minutes(1)))
struct ListTests {
    private static let lists = URL(filePath: #filePath).appending(path: "../../../../Lists").standardizedFileURL

    private func withLists(threads: Int = 1, body: (RunningProxy) async throws -> Void) async throws {
        let resolver = XCAPDirectoryResolver(directory: Self.lists.path(percentEncoded: false))
        try await withProxy(resolver: resolver, configure: { $0.threads = threads }, body: body)
    }

    @Test(
        "one SUBSCRIBE shows all buddies, changes follow, unsubscribe ends it",
        arguments: [SIPPhone.Transport.udp, .tcp],
        [1, 4]
    )
    func scene(transport: SIPPhone.Transport, threads: Int) async throws {
        try await self.withLists(threads: threads) { running in
            let alice = try await running.phone("sip:alice@example.org", over: transport)
            let bob = try await running.phone("sip:bob@example.org")
            var list = ListPhone(alice, list: "sip:alice-list@example.org")
            #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
            let first = try await list.next()
            #expect(first.rlmi.fullState)
            #expect(first.rlmi.resources.map(\.uri) == ["sip:bob@example.org", "sip:claire@example.org"])

            var publication = PhonePublication()
            let document = "<presence>open</presence>"
            _ = try await bob.send(publication.request(from: bob, document: document))
            var change = try await list.next()
            while change.parts.isEmpty {
                change = try await list.next()
            }
            #expect(change.parts.map { Array($0.body) } == [Array(document.utf8)])
            #expect(!change.rlmi.fullState)

            #expect(try await list.send(list.request(expires: 0)).statusCode == 200)
            _ = try await list.next()
            #expect(list.watcher.phase == .terminated(reason: "timeout"))
            #expect(list.watcher.violations == [])
        }
    }

    @Test("a list document that is not well-formed: 500, and the proxy goes on", arguments: [1, 4])
    func badDocument(threads: Int) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "rls-lists-\(UInt64.random(in: 0 ... .max))"
        )
        let user = folder.appending(path: "rls-services/users/sip:alice@example.org")
        try FileManager.default.createDirectory(at: user, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("<rls-services><service".utf8).write(to: user.appending(path: "index"))
        let resolver = XCAPDirectoryResolver(directory: folder.path(percentEncoded: false))
        try await withProxy(resolver: resolver, configure: { $0.threads = threads }) { running in
            var list = ListPhone(try await running.phone("sip:alice@example.org"), list: "sip:alice-list@example.org")
            #expect(try await list.send(list.request(expires: 600)).statusCode == 500)
            let tom = try await running.phone("sip:tom@example.org")
            var subscription = PhoneSubscription(to: "sip:bob@example.org", isList: false)
            #expect(try await tom.send(subscription.request(from: tom, expires: 600)).statusCode == 200)
        }
    }

    @Test("R6665-41: at shutdown every list dialog is told, and the proxy ends")
    func shutdown() async throws {
        // The proxy has stopped when this returns: what it said last is waiting.
        var list = try await self.subscribedAlice()
        while case .active = list.watcher.phase {
            _ = try await list.next()
        }
        #expect(list.watcher.phase == .terminated(reason: "deactivated"))
        #expect(list.watcher.violations == [])
    }

    private func subscribedAlice() async throws -> ListPhone {
        let resolver = XCAPDirectoryResolver(directory: Self.lists.path(percentEncoded: false))
        var alice: ListPhone?
        try await withProxy(resolver: resolver) { running in
            var list = ListPhone(try await running.phone("sip:alice@example.org"), list: "sip:alice-list@example.org")
            _ = try await list.send(list.request(expires: 600))
            _ = try await list.next()
            alice = list
        }
        return try #require(alice)
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
