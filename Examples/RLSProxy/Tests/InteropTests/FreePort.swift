// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import NIOPosix

/// Ports that nobody listens on right now.
enum FreePort {
    static func udp() throws -> Int {
        let channel = try DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).wait()
        return try Self.release(channel)
    }

    static func tcp() throws -> Int {
        let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).wait()
        return try Self.release(channel)
    }

    private static func release(_ channel: any Channel) throws -> Int {
        defer { try? channel.close().wait() }
        return channel.localAddress?.port ?? 0
    }
}
