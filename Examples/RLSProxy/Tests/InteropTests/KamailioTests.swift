// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore
import RLSTestKit
import SIPMessage
import SIPPhone
import Testing

/// Runs when `RLS_INTEROP` is set: `make interop` installs what is needed and sets it.
@Suite(
    "Kamailio behind the proxy, SIPp before it",
    .enabled(if: ProcessInfo.processInfo.environment["RLS_INTEROP"] != nil),
    .serialized,
    .timeLimit(.minutes(2))
)
struct KamailioTests {
    private static let lists = URL(filePath: #filePath).appending(path: "../../../Lists").standardizedFileURL

    @Test(
        "initial, changed and offline states arrive byte for byte, and nothing is left behind",
        arguments: ["udp", "tcp"]
    )
    func scene(transport: String) async throws {
        let kamailio = try await PresenceServer()
        do {
            let lists = Self.lists.path(percentEncoded: false)
            try await withInteropProxy(lists: lists, presenceServer: kamailio.address) { proxy in
                try await self.play(kamailio: kamailio, proxy: proxy, over: transport)
            }
        } catch {
            try? await kamailio.stop()
            throw error
        }
        try await kamailio.stop()
    }

    private func play(
        kamailio: PresenceServer,
        proxy: SocketAddress,
        over transport: String
    ) async throws {
        let bob = try await Publisher("bob", proxy: proxy)
        let claire = try await Publisher("claire", proxy: proxy)
        try await bob.publish("open", note: "at my desk")
        try await claire.publish("open", note: "good morning")

        // Watchers of one person each, at Kamailio itself: what they are shown is what alice must be shown.
        let control = try await ControlWatcher(kamailio: kamailio.address, watching: ["bob", "claire"])
        var expected: [[String: [UInt8]]] = [control.bodies]

        let sipp = try SIPpWatcher(list: "alice-list", proxy: proxy, over: transport)
        try await sipp.reaches(.initial)
        #expect(try await kamailio.subscriptions(contactUser: "rls") == 2)

        try await bob.publish("closed", note: "in a \u{201c}meeting\u{201d}")
        try await control.update("bob")
        expected.append(control.bodies)
        try await sipp.reaches(.changed)

        try await claire.unpublish()
        try await control.update("claire")
        expected.append(control.bodies)
        try await sipp.reaches(.offline)

        let notifies = try await sipp.finish()
        let lists = try notifies.map { try RLSListNotification($0) }
        #expect(lists.map(\.rlmi.version) == [0, 1, 2, 3, 4, 5])
        #expect(lists.map(\.rlmi.fullState) == [true, false, false, false, true, true])
        let states = try notifies.map { try $0.subscriptionState?.state }
        #expect(states == [.active, .active, .active, .active, .active, .terminated])
        try #require(lists.count == 6)
        #expect(lists[0].rlmi.resources.map(\.instances.count) == [0, 0])
        #expect(lists[1].bodies == expected[0])
        #expect(lists[2].bodies == expected[1].filter { $0.key == "sip:bob@example.org" })
        #expect(lists[3].bodies == expected[2].filter { $0.key == "sip:claire@example.org" })
        #expect(lists[4].bodies == expected[2])

        // Kamailio answers our unsubscribes within moments.
        var left = try await kamailio.subscriptions(contactUser: "rls")
        for _ in 0..<100 where left != 0 {
            try await Task.sleep(for: .milliseconds(50))
            left = try await kamailio.subscriptions(contactUser: "rls")
        }
        #expect(left == 0)
    }
}

extension RLSListNotification {
    /// Documents by the URI of their resource.
    fileprivate var bodies: [String: [UInt8]] {
        var bodies: [String: [UInt8]] = [:]
        for resource in self.rlmi.resources {
            let part = resource.instances.first?.cid.flatMap { self.part($0) }
            bodies[resource.uri] = part.map { Array($0.body) }
        }
        return bodies
    }
}
