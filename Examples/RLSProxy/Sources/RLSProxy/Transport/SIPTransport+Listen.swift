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

    /// Binds an address, and hands what comes in to the receiver.
    func listen(on address: ListenAddress, advertise: HostAndPort?, receiver: SIPReceiver) async throws {
        self.state.withLockedValue { $0.receiver = receiver }
        switch address.transport {
        case .udp:
            try await self.listenForDatagrams(on: address, advertise: advertise, receiver: receiver)
        case .tcp:
            try await self.listenForConnections(on: address, advertise: advertise, receiver: receiver)
        case .tls, .ws, .wss:
            preconditionFailure("a listening address names UDP or TCP")
        }
    }

    private func listenForDatagrams(
        on address: ListenAddress,
        advertise: HostAndPort?,
        receiver: SIPReceiver
    ) async throws {
        var bound = address
        try await self.checkPortIsFree(address)
        for loop in self.loops {
            bound.port = try await self.openSocket(on: bound, loop: loop, advertise: advertise, receiver: receiver)
        }
        self.logger.info("listening", metadata: ["rls_address": "\(bound)"])
    }

    /// SO_REUSEPORT would share the port with a proxy that runs already, without a word.
    private func checkPortIsFree(_ address: ListenAddress) async throws {
        let probe = try await DatagramBootstrap(group: self.group)
            .channelOption(.autoRead, value: false)
            .bind(host: address.host, port: Int(address.port)).get()
        try await probe.close()
    }

    /// - Returns: the port, which the system chose if the address has none.
    private func openSocket(
        on address: ListenAddress,
        loop: any EventLoop,
        advertise: HostAndPort?,
        receiver: SIPReceiver
    ) async throws -> UInt16 {
        let channel = try await DatagramBootstrap(group: loop)
            .channelOption(.datagramVectorReadMessageCount, value: Self.datagramsPerRead)
            .channelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: Self.datagramsPerRead * Self.largestDatagram)
            )
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelOption(.socketOption(NIOBSDSocket.Option(rawValue: SO_REUSEPORT)), value: 1)
            .channelOption(.autoRead, value: false)
            .bind(host: address.host, port: Int(address.port)).get()
        var bound = address
        bound.port = UInt16(clamping: channel.localAddress?.port ?? Int(address.port))
        let local = try self.advertisedAddress(of: bound, advertise: advertise)
        let flow = self.registerFlow(.udp, local: local, remote: nil, channel: channel)
        try await loop.submit {
            try channel.pipeline.syncOperations.addHandlers([
                FlushOncePerTurn(), DatagramHandler(flow: flow, receiver: receiver),
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
                    _ = try await self.openSocket(on: address, loop: loop, advertise: advertise, receiver: receiver)
                    return
                } catch {
                    try await Task.sleep(for: .seconds(1))
                }
            }
        }
    }

    private func listenForConnections(
        on address: ListenAddress,
        advertise: HostAndPort?,
        receiver: SIPReceiver
    ) async throws {
        let channel = try await ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: Self.writeLimits)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var bound = address
                    bound.port = UInt16(clamping: channel.localAddress?.port ?? Int(address.port))
                    let local = try self.advertisedAddress(of: bound, advertise: advertise)
                    guard let remote = channel.remoteAddress else { return }
                    let flow = self.registerFlow(.tcp, local: local, remote: remote, channel: channel)
                    self.adopt(flow, from: remote)
                    try channel.pipeline.syncOperations.addHandlers([
                        FlushOncePerTurn(), StreamHandler(flow: flow, peer: Peer(remote), receiver: receiver),
                    ])
                }
            }
            .bind(host: address.host, port: Int(address.port)).get()
        var bound = address
        bound.port = UInt16(clamping: channel.localAddress?.port ?? Int(address.port))
        let local = try self.advertisedAddress(of: bound, advertise: advertise)
        let own = try self.addresses(of: bound, advertised: local)
        self.state.withLockedValue { state in
            state.listeners.append(channel)
            state.streamLocal = state.streamLocal ?? local
            state.ownAddresses.formUnion(own)
        }
        self.logger.info("listening", metadata: ["rls_address": "\(bound)"])
    }

    /// Every address that means us: what peers are told, and where we really listen.
    private func addresses(of address: ListenAddress, advertised: SIPPath.Address) throws -> [SIPPath.Address] {
        let listening = try SocketAddress.makeAddressResolvingHost(address.host, port: Int(address.port))
        guard listening.isWildcard else {
            return [advertised, SIPPath.Address(host: address.host, port: address.port)]
        }
        let devices = try System.enumerateDevices().compactMap(\.address?.ipAddress)
        return [advertised] + devices.map { SIPPath.Address(host: $0, port: address.port) }
    }

    /// What peers are told: the address given for this, else the listening one; for "every interface" the first
    /// address of this machine that is not loopback.
    private func advertisedAddress(of address: ListenAddress, advertise: HostAndPort?) throws -> SIPPath.Address {
        let port = advertise?.port ?? address.port
        if let host = advertise?.host {
            return SIPPath.Address(host: host, port: port)
        }
        let listening = try SocketAddress.makeAddressResolvingHost(address.host, port: Int(port))
        guard listening.isWildcard else { return SIPPath.Address(host: address.host, port: port) }
        let device = try System.enumerateDevices().lazy.compactMap(\.address).first {
            $0.protocol == listening.protocol && !$0.isLoopback
        }
        let fallback = listening.protocol == .inet6 ? "::1" : "127.0.0.1"
        return SIPPath.Address(host: device?.ipAddress ?? fallback, port: port)
    }
}
