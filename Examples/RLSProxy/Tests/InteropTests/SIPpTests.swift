// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import Logging
import NIOCore
import RLSCore
import SIPMessage
import SIPPhone
import Testing

/// Runs when `RLS_INTEROP` is set: `make interop` installs what is needed and sets it.
@Suite(
    "SIPp before the proxy",
    .enabled(if: ProcessInfo.processInfo.environment["RLS_INTEROP"] != nil),
    .serialized,
    .timeLimit(.minutes(2))
)
struct SIPpTests {
    private static let lists = URL(filePath: #filePath).appending(path: "../Lists").standardizedFileURL
        .path(percentEncoded: false)

    @Test(
        "watchers of all kinds are served; each scenario says what it expects",
        arguments: ["plain", "expiry", "forgotten", "late-answer", "linphone", "blink", "oma"]
    )
    func watchers(scenario: String) async throws {
        try await withInteropProxy(lists: Self.lists) { proxy in
            try await Publisher("bob", proxy: proxy).publish("open", note: "here")
            try await Publisher("claire", proxy: proxy).publish("closed", note: "away")
            try await SIPpScenario(scenario, target: proxy).run()
        }
    }

    @Test("lost answers: what is repeated changes no number and begins no second dialog")
    func lostAnswers() async throws {
        try await withInteropProxy(lists: Self.lists) { proxy in
            try await Publisher("bob", proxy: proxy).publish("open", note: "here")
            try await Publisher("claire", proxy: proxy).publish("closed", note: "away")
            try await SIPpScenario("lost-answers", target: proxy, options: ["-nr"]).run()
        }
    }

    @Test("R6665-62: a NOTIFY that overtakes the 200 to its SUBSCRIBE is taken")
    func overtaking() async throws {
        let server = try SocketAddress(ipAddress: "127.0.0.1", port: try FreePort.udp())
        try await withInteropProxy(lists: Self.lists, presenceServer: server) { proxy in
            // One call for each of the two entries.
            async let presence: Void = SIPpScenario("overtaking", listening: server, calls: 2).run()
            try await SIPpScenario("plain", target: proxy).run()
            try await presence
        }
    }
}
