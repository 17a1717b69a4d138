// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import NIOPosix

/// A TCP connection that sends bytes as they are.
enum RawConnection {
    /// Sends bytes, and hands back what comes first; nothing when the connection is closed without a word.
    static func exchange(_ bytes: [UInt8], with address: SocketAddress) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(to: address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: bytes))
            for try await buffer in inbound {
                return Array(buffer.readableBytesView)
            }
            return []
        }
    }
}
