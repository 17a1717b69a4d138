// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import NIOCore
package import RLSCore
import SIPMessage

/// A UDP socket or a TCP connection of ours. Its token names it in `SIPPath`, so that answers and NOTIFYs go back the
/// way they came.
package final class Flow: Sendable {
    /// Names the flow; never 0.
    package let token: UInt64
    /// UDP or TCP.
    package let transport: SIPPath.Transport
    /// The address that peers are told to use.
    package let local: SIPPath.Address
    /// The other end of a connection; nil for a UDP socket.
    package let remote: SocketAddress?

    /// Where messages are written; for the pipeline of the channel.
    let outlet: NIOLoopBoundBox<Outlet>
    private let channel: any Channel
    private let family: NIOBSDSocket.ProtocolFamily?
    private let isWildcard: Bool
    private let isLoopback: Bool
    /// A Via up to its branch; the same for all requests over this flow.
    let viaPrefix: [UInt8]
    private let viaHost: [UInt8]

    init(
        token: UInt64,
        transport: SIPPath.Transport,
        local: SIPPath.Address,
        remote: SocketAddress?,
        channel: any Channel
    ) {
        self.token = token
        self.transport = transport
        self.local = local
        self.remote = remote
        self.channel = channel
        self.outlet = .makeBoxSendingValue(Outlet(), eventLoop: channel.eventLoop)
        self.family = channel.localAddress?.protocol
        self.isWildcard = channel.localAddress?.isWildcard ?? false
        self.isLoopback = channel.localAddress?.isLoopback ?? false
        self.viaPrefix = Self.viaPrefix(transport, local)
        self.viaHost = Array(local.uriHost.utf8)
    }

    /// Bytes in the largest datagram of IPv4, and so of both families here.
    private static var largestDatagram: Int { 65_507 }

    /// A Via up to its branch.
    static func viaPrefix(_ transport: SIPPath.Transport, _ local: SIPPath.Address) -> [UInt8] {
        Array("SIP/2.0/\(transport.rawValue.uppercased()) \(local);branch=".utf8)
    }

    /// The branch in the top Via of a response; nil when the Via does not begin as this flow writes it, as nearly all do.
    func branch(in via: SIPBytes) -> Branch? {
        guard via.starts(with: self.viaPrefix) else { return nil }
        return Branch(via.dropFirst(self.viaPrefix.count).prefix { $0 != UInt8(ascii: ";") })
    }

    /// Whether a Via names this flow, however it is written.
    func isSentBy(_ via: TopVia) -> Bool {
        via.port == self.local.port && via.host.elementsEqual(self.viaHost)
    }

    /// The loop on which everything of this flow happens.
    package var eventLoop: any EventLoop { self.channel.eventLoop }

    /// Whether the socket or connection can still be used.
    package var isOpen: Bool { self.channel.isActive }

    /// Whether this socket can send to an address: one host and port, of the same family, and loopback only from
    /// loopback. NIO closes a socket whose `sendmsg` fails, and peers can name any address in their messages.
    func reaches(_ address: SocketAddress) -> Bool {
        guard self.family == address.protocol, address.isOneHost else { return false }
        return self.isWildcard || self.isLoopback == address.isLoopback
    }

    /// Sends a message. Messages of one turn of the event loop leave together.
    ///
    /// - Parameter failed: called, on the flow's loop and not before this returns, when the message could not be sent. What
    ///   the network refuses later is not told for datagrams: their senders have timers for what is lost.
    func send(_ bytes: ByteBuffer, to address: SocketAddress, failed: (@Sendable () -> Void)? = nil) {
        guard self.eventLoop.inEventLoop else {
            return self.eventLoop.execute { self.send(bytes, to: address, failed: failed) }
        }
        let isSent =
            self.transport.isReliable ? self.write(bytes, failed: failed) : self.sendDatagram(bytes, to: address)
        if !isSent, let failed {
            self.eventLoop.execute(failed)
        }
    }

    private func sendDatagram(_ bytes: ByteBuffer, to address: SocketAddress) -> Bool {
        guard bytes.readableBytes <= Self.largestDatagram, self.reaches(address) else { return false }
        return self.outlet.value.send(AddressedEnvelope(remoteAddress: address, data: bytes))
    }

    private func write(_ bytes: ByteBuffer, failed: (@Sendable () -> Void)?) -> Bool {
        if !self.channel.isWritable {
            // The peer does not read, and megabytes wait already: it may open a new connection when it is back.
            self.channel.close(promise: nil)
        }
        guard let failed else { return self.outlet.value.send(bytes, promise: nil) }
        let promise = self.eventLoop.makePromise(of: Void.self)
        guard self.outlet.value.send(bytes, promise: promise) else {
            promise.fail(ChannelError.alreadyClosed)
            return false
        }
        promise.futureResult.whenFailure { _ in failed() }
        return true
    }

    /// Closes the socket or connection.
    func close() async {
        try? await self.channel.close()
    }
}
