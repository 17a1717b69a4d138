// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import NIOPosix
import SIPMessage

/// Where a phone takes what is too large for datagrams: a TCP port that answers each request with 200.
struct StreamListener {
    let port: Int
    /// What came, in order.
    let requests: AsyncStream<SIPRequest>
    private let channel: any Channel

    init() async throws {
        let (requests, continuation) = AsyncStream.makeStream(of: SIPRequest.self)
        self.channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AnsweringHandler(continuation))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.port = self.channel.localAddress?.port ?? 0
        self.requests = requests
    }

    func close() async {
        try? await self.channel.close()
    }
}

private final class AnsweringHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let requests: AsyncStream<SIPRequest>.Continuation
    private var framer = SIPStreamFramer()

    init(_ requests: AsyncStream<SIPRequest>.Continuation) {
        self.requests = requests
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.framer.append(self.unwrapInboundIn(data).readableBytesView)
        while case .request(let request)? = try? self.framer.next() {
            let response = ByteBuffer(bytes: SIPResponse(to: request, 200).bytes)
            context.writeAndFlush(self.wrapOutboundOut(response), promise: nil)
            self.requests.yield(request)
        }
    }
}
