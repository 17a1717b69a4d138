// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage

/// Cuts a connection's bytes into messages (RFC 3261 §18.3) and answers keep-alives (RFC 5626 §3.5.1).
final class StreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let flow: Flow
    private let peer: Peer
    private let receiver: SIPReceiver
    private var framer = SIPStreamFramer()

    init(flow: Flow, peer: Peer, receiver: SIPReceiver) {
        self.flow = flow
        self.peer = peer
        self.receiver = receiver
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.framer.append(self.unwrapInboundIn(data).readableBytesView)
        while self.handOverNext() {}
        guard !self.framer.isBroken else {
            // Where the next message starts is unknown: the connection ends, after the 400.
            let channel = context.channel
            return context.eventLoop.execute { channel.close(promise: nil) }
        }
        while self.framer.pendingPings > 0 {
            self.framer.pendingPings -= 1
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: "\r\n")), promise: nil)
        }
    }

    /// Hands over a whole message, or one that is malformed and has an end: others that share the connection go on.
    ///
    /// - Returns: whether there may be another one.
    private func handOverNext() -> Bool {
        do {
            guard let message = try self.framer.next() else { return false }
            self.receiver.message(message, self.flow, self.peer)
        } catch {
            self.receiver.malformed(error, self.framer.recovered, self.flow, self.peer)
        }
        return !self.framer.isBroken
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
