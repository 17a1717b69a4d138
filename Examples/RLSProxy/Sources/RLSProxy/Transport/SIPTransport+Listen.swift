// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RLSCore

extension SIPTransport {
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
                        flow.outlet.value, StreamHandler(flow: flow, peer: Peer(remote), receiver: receiver),
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
}
