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
    private var isBroken = false

    init(flow: Flow, peer: Peer, receiver: SIPReceiver) {
        self.flow = flow
        self.peer = peer
        self.receiver = receiver
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isBroken else { return }
        let buffer = self.unwrapInboundIn(data)
        self.framer.append(buffer.readableBytesView)
        do {
            while let message = try self.framer.next() {
                self.receiver.message(message, self.flow, self.peer)
            }
        } catch {
            // Where the next message starts is unknown: the connection ends, after a 400 if one can be built.
            self.isBroken = true
            let seen = self.framer.recovered ?? SIPParser.recoverRequest(from: Array(buffer.readableBytesView))
            self.receiver.malformed(error, seen, self.flow, self.peer)
            let channel = context.channel
            context.eventLoop.execute { channel.close(promise: nil) }
            return
        }
        while self.framer.pendingPings > 0 {
            self.framer.pendingPings -= 1
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: "\r\n")), promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
