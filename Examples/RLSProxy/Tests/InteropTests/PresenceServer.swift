// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore

/// Debian's Kamailio as a presence server, with a database of its own.
final class PresenceServer: Sendable {
    let address: SocketAddress
    private let servers: PrivateServers

    static let scripts = PrivateServers.scripts

    init() async throws {
        self.servers = try await PrivateServers()
        self.address = try await self.servers.start(.presence)
    }

    /// Subscriptions that Kamailio holds for a watcher at this Contact user.
    func subscriptions(contactUser: String) async throws -> Int? {
        Int(
            try await self.servers.query(
                "select count(*) from active_watchers where contact like 'sip:\(contactUser)@%'"
            )
        )
    }

    func stop() async throws {
        try await self.servers.stop()
    }
}
