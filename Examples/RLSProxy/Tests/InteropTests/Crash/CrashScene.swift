// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore
import RLSTestKit
import Testing

/// Phones, a presence server and a proxy that is killed in the middle of it all.
struct CrashScene {
    /// A datagram behind everything that a killed proxy has sent.
    static let mark = Array("crash".utf8)

    let proxy: ProxyProcess
    let crowd: CrashCrowd
    private let folder: String
    private let marker: OrderedSocket

    /// - Parameter database: options of the proxy that say where it keeps list subscriptions.
    init(database: [String], seed: UInt64) async throws {
        self.folder = "/tmp/rls-interop-crash-\(UInt32.random(in: .min ... .max))"
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: FreePort.tcp())
        self.crowd = try await CrashCrowd(server: address, seed: seed)
        self.marker = try await OrderedSocket()
        self.proxy = try ProxyProcess(
            database + [
                "--lists", self.folder, "--durability", "before-reply", "--waitn-time", "0.05",
                "--state-flush-interval", "0.1",
                "--presence-server", "sip:\(self.crowd.presence.socket.hostAndPort)",
            ],
            at: address
        )
        for phone in self.crowd.phones {
            try Self.write(phone, below: self.folder)
        }
    }

    /// Runs the scene: everybody acts, while `body` kills.
    func run(_ body: () async throws -> Void) async throws {
        try await self.proxy.start()
        let running = Task { [crowd = self.crowd] in await crowd.run() }
        let result: Result<Void, any Error>
        do {
            try await body()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        running.cancel()
        await running.value
        try await self.crowd.close()
        try await self.marker.close()
        try? FileManager.default.removeItem(atPath: self.folder)
        try result.get()
    }

    /// `kill -9`, and another start. Between them each phone gets the mark.
    ///
    /// - Returns: how many list dialogs the new process has found.
    func crash() async throws -> Int {
        self.proxy.kill()
        for phone in self.crowd.phones {
            try await self.marker.deliver(Self.mark, to: phone.socket.address)
        }
        return try await self.restart()
    }

    /// Starts the proxy.
    ///
    /// - Returns: how many list dialogs it has found.
    func restart() async throws -> Int {
        try await self.proxy.start()
        let count = try #require(self.proxy.log.firstMatch(of: #/rls_count=(\d+)/#))
        return try #require(Int(count.1))
    }

    private static func write(_ phone: CrashPhone, below folder: String) throws {
        let user = "\(folder)/rls-services/users/\(phone.uri)"
        try FileManager.default.createDirectory(atPath: user, withIntermediateDirectories: true)
        let entries = phone.entries.map { "<entry uri=\"\($0)\"/>" }.joined()
        let document = """
            <?xml version="1.0" encoding="UTF-8"?>
            <rls-services xmlns="urn:ietf:params:xml:ns:rls-services" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">
            <service uri="\(phone.list)"><list>\(entries)</list>
            <packages><package>presence</package></packages></service></rls-services>
            """
        try document.write(toFile: "\(user)/index", atomically: true, encoding: .utf8)
    }
}
