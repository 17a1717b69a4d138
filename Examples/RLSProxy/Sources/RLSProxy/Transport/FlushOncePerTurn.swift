// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore

/// Flushes the writes of one turn of the event loop together: fewer system calls, and nobody has to remember it.
final class FlushOncePerTurn: ChannelOutboundHandler {
    typealias OutboundIn = Any
    typealias OutboundOut = Any

    private var isScheduled = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        guard !self.isScheduled else { return }
        self.isScheduled = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            handler.isScheduled = false
            context.flush()
        }
    }
}
