// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore

/// A private PostgreSQL with Kamailio's tables, and Debian's Kamailio in several roles, in a folder that goes away with
/// them.
final class PrivateServers: Sendable {
    /// What Kamailio does; each has a configuration of its own.
    enum Role: String {
        case presence, rls, xcap
    }

    static let scripts = URL(filePath: #filePath).appending(path: "../../../../../Scripts/interop").standardizedFileURL

    /// Connection string of the database.
    let database: String
    private let directory: String

    /// Starts PostgreSQL.
    init() async throws {
        let port = try FreePort.tcp()
        self.directory = "/tmp/rls-interop-\(UInt32.random(in: .min ... .max))"
        self.database = "host=127.0.0.1 port=\(port) user=kamailio dbname=kamailio"
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
        _ = try await self.command("sql", String(port))
    }

    /// Starts Kamailio, for UDP or, as XCAP server, for TCP.
    ///
    /// - Parameter address: where it listens; nil: a free port.
    @discardableResult
    func start(
        _ role: Role,
        presence: SocketAddress? = nil,
        at address: SocketAddress? = nil
    ) async throws -> SocketAddress {
        let port = try address?.port ?? (role == .xcap ? FreePort.tcp() : FreePort.udp())
        let more = presence?.port.map { [String($0)] } ?? []
        _ = try await self.command("kamailio", [role.rawValue, String(port)] + more)
        return try SocketAddress(ipAddress: "127.0.0.1", port: port)
    }

    /// Stops one Kamailio; it writes what it has.
    func stop(_ role: Role) async throws {
        _ = try await self.command("stop-kamailio", role.rawValue)
    }

    /// The answer of a query, a line for each row.
    @discardableResult
    func query(_ sql: String) async throws -> String {
        try await self.command("query", sql).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Stops everything.
    func stop() async throws {
        _ = try await self.command("stop")
        try FileManager.default.removeItem(atPath: self.directory)
    }

    private func command(_ verb: String, _ arguments: String...) async throws -> String {
        try await self.command(verb, arguments)
    }

    private func command(_ verb: String, _ arguments: [String]) async throws -> String {
        let script = Self.scripts.appending(path: "servers").path(percentEncoded: false)
        return try await Command.run(script, [verb, self.directory] + arguments)
    }
}

/// Runs a test with servers of its own, and stops them.
func withPrivateServers(_ body: (PrivateServers) async throws -> Void) async throws {
    let servers = try await PrivateServers()
    do {
        try await body(servers)
    } catch {
        try? await servers.stop()
        throw error
    }
    try await servers.stop()
}
