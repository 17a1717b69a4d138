// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage

/// Reads a message from each datagram.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let flow: Flow
    private let receiver: SIPReceiver
    private var peers = RecentPeers()

    init(flow: Flow, receiver: SIPReceiver) {
        self.flow = flow
        self.receiver = receiver
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = self.unwrapInboundIn(data)
        let bytes = Array(envelope.data.readableBytesView)
        let peer = self.peers.peer(at: envelope.remoteAddress)
        // RFC 5626 §3.5: phones behind a NAT send CRLFs to keep their binding.
        guard bytes.contains(where: { $0 > UInt8(ascii: " ") }) else { return }
        do {
            let message = try SIPParser.parse(datagram: bytes)
            self.receiver.message(message, self.flow, peer)
        } catch {
            self.receiver.malformed(error, SIPParser.recoverRequest(from: bytes), self.flow, peer)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An ICMP "port unreachable" of some earlier peer: the socket serves everybody else and stays.
    }
}
