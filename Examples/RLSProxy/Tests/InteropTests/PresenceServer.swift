// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore

/// Debian's Kamailio with a database of its own, in a folder that goes away with it.
final class PresenceServer: Sendable {
    let address: SocketAddress
    private let directory: String

    static let scripts = URL(filePath: #filePath).appending(path: "../../../../../Scripts/interop").standardizedFileURL

    init() async throws {
        let directory = "/tmp/rls-interop-\(UInt32.random(in: .min ... .max))"
        let (sip, sql) = (try FreePort.udp(), try FreePort.tcp())
        self.directory = directory
        self.address = try SocketAddress(ipAddress: "127.0.0.1", port: sip)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        _ = try await self.command("start", String(sip), String(sql))
    }

    /// Subscriptions that Kamailio holds for a watcher at this Contact user.
    func subscriptions(contactUser: String) async throws -> Int? {
        let query = "select count(*) from active_watchers where contact like 'sip:\(contactUser)@%'"
        return Int(try await self.command("query", query).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    func stop() async throws {
        _ = try await self.command("stop")
        try FileManager.default.removeItem(atPath: self.directory)
    }

    private func command(_ verb: String, _ arguments: String...) async throws -> String {
        let script = Self.scripts.appending(path: "presence-server").path(percentEncoded: false)
        return try await Command.run(script, [verb, self.directory] + arguments)
    }
}
