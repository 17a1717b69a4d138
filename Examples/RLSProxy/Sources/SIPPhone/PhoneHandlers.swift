// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage

final class PhoneDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let phone: SIPPhone

    init(phone: SIPPhone) {
        self.phone = phone
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = self.unwrapInboundIn(data)
        guard let message = try? SIPParser.parse(datagram: Array(envelope.data.readableBytesView)) else { return }
        self.phone.received(message, from: envelope.remoteAddress)
    }
}

final class PhoneStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let phone: SIPPhone
    private var framer = SIPStreamFramer()

    init(phone: SIPPhone) {
        self.phone = phone
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.framer.append(self.unwrapInboundIn(data).readableBytesView)
        guard let source = context.remoteAddress else { return }
        while let message = try? self.framer.next() {
            self.phone.received(message, from: source)
        }
    }
}
