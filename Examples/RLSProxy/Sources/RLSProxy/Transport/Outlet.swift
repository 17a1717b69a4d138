// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore

/// The way out of a socket or connection: what is written in one turn of the event loop leaves with one flush.
///
/// It writes from its own place in the pipeline, which is next to the socket, and with types that the compiler knows:
/// `Channel.write` finds out at run time what it was given. To be used on the loop of the channel.
final class Outlet: ChannelOutboundHandler {
    typealias OutboundIn = Never

    private var context: ChannelHandlerContext?
    private var isFlushScheduled = false

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Writes a datagram.
    ///
    /// There is no promise: of one for each datagram that is sent, making and keeping it costs more than the datagram.
    ///
    /// - Returns: false when the socket is closed.
    func send(_ datagram: AddressedEnvelope<ByteBuffer>) -> Bool {
        guard let context = self.context else { return false }
        context.write(NIOAny(datagram), promise: nil)
        self.scheduleFlush(context)
        return true
    }

    /// Writes to a connection.
    ///
    /// - Returns: false when the connection is closed; the promise is left alone then.
    func send(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?) -> Bool {
        guard let context = self.context else { return false }
        context.write(NIOAny(bytes), promise: promise)
        self.scheduleFlush(context)
        return true
    }

    private func scheduleFlush(_ context: ChannelHandlerContext) {
        guard !self.isFlushScheduled else { return }
        self.isFlushScheduled = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let outlet = bound.value
            outlet.isFlushScheduled = false
            outlet.context?.flush()
        }
    }
}
