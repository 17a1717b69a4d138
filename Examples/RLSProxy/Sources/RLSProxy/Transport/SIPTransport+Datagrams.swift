// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RLSCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension SIPTransport {
    /// NIO divides the buffer of a vectored read by the number of messages and cuts longer datagrams without a sign:
    /// each message gets the size of the largest datagram.
    private static var datagramsPerRead: Int { 8 }
    private static var largestDatagram: Int { 65_536 }

    /// One socket per event loop on the same port.
    func listenForDatagrams(on address: ListenAddress, advertise: HostAndPort?, receiver: SIPReceiver) async throws {
        var bound = address
        for (number, loop) in self.loops.enumerated() {
            bound.port = try await self.openSocket(
                on: bound,
                loop: loop,
                joins: number > 0,
                advertise: advertise,
                receiver: receiver
            )
        }
        self.logger.info("listening", metadata: ["rls_address": "\(bound)"])
    }

    /// Opens the socket of a loop.
    ///
    /// - Parameter joins: whether the port is ours already. The first socket is bound without SO_REUSEPORT, and gets it
    ///   afterwards: with it the system would let us share a port with another proxy without a word, and when it is the
    ///   system that chooses, Linux takes ports of other sockets that have it for free ones.
    /// - Returns: the port, which the system chose if the address has none.
    private func openSocket(
        on address: ListenAddress,
        loop: any EventLoop,
        joins: Bool,
        advertise: HostAndPort?,
        receiver: SIPReceiver
    ) async throws -> UInt16 {
        let isShared = ChannelOptions.Types.SocketOption(level: .socket, name: .init(rawValue: SO_REUSEPORT))
        let channel = try await DatagramBootstrap(group: loop)
            .channelOption(.datagramVectorReadMessageCount, value: Self.datagramsPerRead)
            .channelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: Self.datagramsPerRead * Self.largestDatagram)
            )
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelOption(isShared, value: joins ? 1 : 0)
            .channelOption(.autoRead, value: false)
            .bind(host: address.host, port: Int(address.port)).get()
        try await channel.setOption(isShared, value: 1).get()
        var bound = address
        bound.port = UInt16(clamping: channel.localAddress?.port ?? Int(address.port))
        let local = try self.advertisedAddress(of: bound, advertise: advertise)
        let flow = self.registerFlow(.udp, local: local, remote: nil, channel: channel)
        try await loop.submit {
            try channel.pipeline.syncOperations.addHandlers([
                flow.outlet.value, DatagramHandler(flow: flow, receiver: receiver),
            ])
        }.get()
        let own = try self.addresses(of: bound, advertised: local)
        self.state.withLockedValue { state in
            state.sockets.append(flow)
            state.ownAddresses.formUnion(own)
        }
        channel.closeFuture.whenComplete { [bound] _ in
            self.socketClosed(flow, on: bound, loop: loop, advertise: advertise, receiver: receiver)
        }
        try await channel.setOption(.autoRead, value: true).get()
        return bound.port
    }

    /// NIO closes a socket when a single `sendmsg` fails, for example with "network unreachable": it is opened again.
    private func socketClosed(
        _ flow: Flow,
        on address: ListenAddress,
        loop: any EventLoop,
        advertise: HostAndPort?,
        receiver: SIPReceiver
    ) {
        let isClosing = self.state.withLockedValue { state in
            state.sockets.removeAll { $0 === flow }
            return state.isClosing
        }
        guard !isClosing else { return }
        self.logger.warning("socket closed, opening it again", metadata: ["rls_address": "\(address)"])
        Task {
            while !self.state.withLockedValue({ $0.isClosing }) {
                do {
                    _ = try await self.openSocket(
                        on: address,
                        loop: loop,
                        joins: true,
                        advertise: advertise,
                        receiver: receiver
                    )
                    return
                } catch {
                    try await Task.sleep(for: .seconds(1))
                }
            }
        }
    }
}
