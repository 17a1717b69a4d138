// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import NIOCore
package import RLSCore

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
        self.family = channel.localAddress?.protocol
        self.isWildcard = channel.localAddress?.isWildcard ?? false
        self.isLoopback = channel.localAddress?.isLoopback ?? false
        self.viaPrefix = Self.viaPrefix(transport, local)
        self.viaHost = Array(local.uriHost.utf8)
    }

    /// A Via up to its branch.
    static func viaPrefix(_ transport: SIPPath.Transport, _ local: SIPPath.Address) -> [UInt8] {
        Array("SIP/2.0/\(transport.rawValue.uppercased()) \(local);branch=".utf8)
    }

    /// Whether a Via is one of those that this flow writes: true of nearly all responses.
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

    /// Sends a message. Writes of one turn of the event loop leave with one flush.
    ///
    /// - Parameter failed: called, on the flow's loop, when the message could not be sent.
    func send(_ bytes: ByteBuffer, to address: SocketAddress, failed: (@Sendable () -> Void)? = nil) {
        if self.transport.isReliable, !self.channel.isWritable {
            // The peer does not read, and megabytes wait already: it may open a new connection when it is back.
            self.channel.close(promise: nil)
        }
        if !self.transport.isReliable, !self.reaches(address) {
            self.eventLoop.execute { failed?() }
            return
        }
        let promise = failed.map { failed in
            let promise = self.eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenFailure { _ in failed() }
            return promise
        }
        if self.transport.isReliable {
            self.channel.write(bytes, promise: promise)
        } else {
            self.channel.write(AddressedEnvelope(remoteAddress: address, data: bytes), promise: promise)
        }
    }

    /// Closes the socket or connection.
    func close() async {
        try? await self.channel.close()
    }
}
