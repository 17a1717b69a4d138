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
        case .tcp:
            try await self.listenForConnections(on: address, advertise: advertise, receiver: receiver)
        case .udp, .tls, .ws, .wss:
            try await self.listenForDatagrams(on: address, advertise: advertise, receiver: receiver)
        }
    }

    private func listenForDatagrams(
        on address: ListenAddress,
        advertise: HostAndPort?,
        receiver: SIPReceiver
    ) async throws {
        var port = Int(address.port)
        let loops = Array(self.group.makeIterator())
        for loop in loops {
            var bootstrap = DatagramBootstrap(group: loop)
                .channelOption(.datagramVectorReadMessageCount, value: Self.datagramsPerRead)
                .channelOption(
                    .recvAllocator,
                    value: FixedSizeRecvByteBufferAllocator(capacity: Self.datagramsPerRead * Self.largestDatagram)
                )
                .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
                .channelOption(.autoRead, value: false)
            if loops.count > 1 {
                let reusePort = NIOBSDSocket.Option(rawValue: SO_REUSEPORT)
                bootstrap = bootstrap.channelOption(.socketOption(reusePort), value: 1)
            }
            let channel = try await bootstrap.bind(host: address.host, port: port).get()
            port = channel.localAddress?.port ?? port
            let local = try self.advertisedAddress(of: address, port: port, advertise: advertise)
            let flow = self.registerFlow(.udp, local: local, remote: nil, channel: channel)
            try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.addHandlers([
                    FlushOncePerTurn(), DatagramHandler(flow: flow, receiver: receiver),
                ])
            }.get()
            try await channel.setOption(.autoRead, value: true).get()
            self.state.withLockedValue { $0.sockets.append(flow) }
        }
        self.logger.info("listening", metadata: ["rls_address": "udp:\(address.host):\(port)"])
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
                    let port = channel.localAddress?.port ?? Int(address.port)
                    let local = try self.advertisedAddress(of: address, port: port, advertise: advertise)
                    guard let remote = channel.remoteAddress else { return }
                    let flow = self.registerFlow(.tcp, local: local, remote: remote, channel: channel)
                    self.adopt(flow, from: remote)
                    try channel.pipeline.syncOperations.addHandlers([
                        FlushOncePerTurn(), StreamHandler(flow: flow, source: remote, receiver: receiver),
                    ])
                }
            }
            .bind(host: address.host, port: Int(address.port)).get()
        let port = channel.localAddress?.port ?? Int(address.port)
        let local = try self.advertisedAddress(of: address, port: port, advertise: advertise)
        self.state.withLockedValue { state in
            state.listeners.append(channel)
            state.streamLocal = state.streamLocal ?? local
        }
        self.logger.info("listening", metadata: ["rls_address": "tcp:\(address.host):\(port)"])
    }

    /// What peers are told: the address given for this, else the listening one; for "every interface" the first
    /// address of this machine that is not loopback.
    private func advertisedAddress(
        of address: ListenAddress,
        port: Int,
        advertise: HostAndPort?
    ) throws -> SIPPath.Address {
        let port = advertise?.port ?? UInt16(clamping: port)
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
