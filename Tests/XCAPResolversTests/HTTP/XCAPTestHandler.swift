// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
import NIOCore
import NIOHTTP1

/// One connection of ``XCAPTestServer``.
final class XCAPTestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: XCAPTestServer
    private var request: XCAPTestServer.Request?

    init(_ server: XCAPTestServer) {
        self.server = server
    }

    func channelActive(context: ChannelHandlerContext) {
        self.server.connected()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.request = XCAPTestServer.Request(uri: head.uri, headers: head.headers)
        case .body:
            break
        case .end:
            guard let request = self.request else { return }
            self.write(self.server.answer(request), to: request, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func write(
        _ answer: XCAPTestServer.Answer,
        to request: XCAPTestServer.Request,
        _ context: ChannelHandlerContext
    ) {
        switch answer {
        case .reply(let status, let headers, let body):
            let length = status == 304 ? [] : [("Content-Length", "\(body.count)")]
            self.head(status, headers + length, context)
            if status != 304 {
                self.body(body, context)
            }
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        case .cutOff(let body, let declared):
            self.head(200, [("Content-Length", "\(declared)")], context)
            self.body(body, context)
            context.flush()
            context.close(promise: nil)
        case .stalled(let body):
            self.head(200, [("Content-Length", "\(body.count + 1)")], context)
            self.body(body, context)
            context.flush()
        case .endless:
            self.head(200, [("Transfer-Encoding", "chunked")], context)
            self.pump(context)
        case .silence:
            break
        case .held:
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let loop = context.eventLoop
            let isHeld = self.server.hold {
                loop.execute {
                    let (handler, context) = bound.value
                    handler.write(handler.server.document(request), to: request, context)
                }
            }
            if !isHeld {
                self.write(self.server.document(request), to: request, context)
            }
        }
    }

    private func head(_ status: Int, _ headers: [(String, String)], _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: status),
            headers: HTTPHeaders(headers)
        )
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
    }

    private func body(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
    }

    /// Blanks, as long as somebody takes them.
    private func pump(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let piece = ByteBuffer(repeating: 0x20, count: 65_536)
        self.server.sent(piece.readableBytes)
        context.writeAndFlush(self.wrapOutboundOut(.body(.byteBuffer(piece)))).assumeIsolated().whenSuccess {
            self.pump(context)
        }
    }
}
#endif
