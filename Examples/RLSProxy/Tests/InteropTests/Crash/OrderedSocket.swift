// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import NIOPosix

/// A UDP socket that hands out datagrams one by one, in the order in which they came.
struct OrderedSocket: Sendable {
    struct Datagram: Sendable {
        var bytes: [UInt8]
        var source: SocketAddress
    }

    let address: SocketAddress
    let datagrams: AsyncStream<Datagram>
    private let channel: any Channel

    init() async throws {
        let (datagrams, continuation) = AsyncStream.makeStream(of: Datagram.self)
        self.channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            // Nothing may get lost here: the order of what came before and after a crash is what is judged.
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(continuation))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.address = try self.channel.localAddress ?? SocketAddress(ipAddress: "127.0.0.1", port: 0)
        self.datagrams = datagrams
    }

    var hostAndPort: String { "127.0.0.1:\(self.address.port ?? 0)" }

    /// Sends; what is lost is sent again by whoever needs it.
    func send(_ bytes: [UInt8], to target: SocketAddress) {
        self.channel.writeAndFlush(
            AddressedEnvelope(remoteAddress: target, data: ByteBuffer(bytes: bytes)),
            promise: nil
        )
    }

    /// Sends, and returns when the datagram waits at its target, behind everything that came there before.
    func deliver(_ bytes: [UInt8], to target: SocketAddress) async throws {
        try await self.channel.writeAndFlush(
            AddressedEnvelope(remoteAddress: target, data: ByteBuffer(bytes: bytes))
        )
    }

    /// Ends `datagrams`.
    func close() async throws {
        try await self.channel.close()
    }

    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        private let continuation: AsyncStream<Datagram>.Continuation

        init(_ continuation: AsyncStream<Datagram>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = self.unwrapInboundIn(data)
            self.continuation.yield(
                Datagram(bytes: Array(envelope.data.readableBytesView), source: envelope.remoteAddress)
            )
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.continuation.finish()
        }
    }
}
