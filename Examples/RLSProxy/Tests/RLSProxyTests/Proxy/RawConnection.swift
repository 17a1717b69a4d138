// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import NIOPosix

/// A TCP connection that sends bytes as they are.
enum RawConnection {
    /// Sends bytes, and hands back what comes first; nothing when the connection is closed without a word.
    static func exchange(_ bytes: [UInt8], with address: SocketAddress) async throws -> [UInt8] {
        try await self.open(to: address).executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: bytes))
            for try await buffer in inbound {
                return Array(buffer.readableBytesView)
            }
            return []
        }
    }

    /// Sends pieces of bytes one after the other, and hands back everything that comes until the other end closes the
    /// connection.
    ///
    /// - Parameter finishes: closes this end's direction after the last piece.
    static func untilClosed(_ pieces: [[UInt8]], finishes: Bool = false, with address: SocketAddress) async throws
        -> [UInt8]
    {
        try await self.open(to: address).executeThenClose { inbound, outbound in
            for piece in pieces {
                try await outbound.write(ByteBuffer(bytes: piece))
            }
            if finishes {
                outbound.finish()
            }
            var answer: [UInt8] = []
            for try await buffer in inbound {
                answer += Array(buffer.readableBytesView)
            }
            return answer
        }
    }

    private static func open(to address: SocketAddress) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(to: address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
    }
}
