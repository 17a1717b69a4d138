// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RLSCore

extension SIPTransport {
    /// Bytes that may wait for a slow reader before its connection is given up.
    static var writeLimits: ChannelOptions.Types.WriteBufferWaterMark {
        ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 20, high: 8 << 20)
    }

    /// Messages that wait for a connection to open.
    private static var pendingLimit: Int { 1024 }

    /// Remembers a peer's connection, so that what we send to its address uses it (RFC 3261 §18: reuse).
    func adopt(_ flow: Flow, from remote: SocketAddress) {
        self.state.withLockedValue { state in
            guard state.connections[remote] == nil else { return }
            state.connections[remote] = .open(flow)
        }
    }

    func sendOverConnection(_ bytes: ByteBuffer, to address: SocketAddress, failed: (@Sendable () -> Void)?) {
        enum Step {
            case use(Flow)
            case open
            case wait
            case refuse
        }
        let step = self.state.withLockedValue { state -> Step in
            guard !state.isClosing else { return .refuse }
            let write = PendingWrite(bytes: bytes, failed: failed)
            switch state.connections[address] {
            case .open(let flow) where flow.isOpen:
                return .use(flow)
            case .opening(let waiting) where waiting.count >= Self.pendingLimit:
                return .refuse
            case .opening(let waiting):
                state.connections[address] = .opening(waiting + [write])
                return .wait
            case .open, nil:
                state.connections[address] = .opening([write])
                return .open
            }
        }
        switch step {
        case .use(let flow): flow.send(bytes, to: address, failed: failed)
        case .open: self.connect(to: address)
        case .wait: break
        case .refuse:
            if let failed { self.afterThis(failed) }
        }
    }

    private func connect(to address: SocketAddress) {
        let (receiver, local) = self.state.withLockedValue { ($0.receiver, $0.streamLocal) }
        ClientBootstrap(group: self.group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: Self.writeLimits)
            .connectTimeout(.seconds(10))
            .connect(to: address)
            .flatMapThrowing { channel in
                // Our Via names the listener when there is one; without one, answers come over this connection only.
                let own = local ?? channel.localAddress?.sipAddress ?? address.sipAddress
                let flow = self.registerFlow(.tcp, local: own, remote: address, channel: channel)
                try channel.pipeline.syncOperations.addHandlers([
                    flow.outlet.value, StreamHandler(flow: flow, peer: Peer(address), receiver: receiver),
                ])
                self.connected(flow, to: address)
            }
            .whenFailure { error in
                self.logger.debug("no connection", metadata: ["rls_address": "\(address)", "rls_error": "\(error)"])
                for write in self.takePending(for: address, next: nil) {
                    write.failed?()
                }
            }
    }

    private func connected(_ flow: Flow, to address: SocketAddress) {
        for write in self.takePending(for: address, next: .open(flow)) {
            flow.send(write.bytes, to: address, failed: write.failed)
        }
    }

    private func takePending(for address: SocketAddress, next: Connection?) -> [PendingWrite] {
        self.state.withLockedValue { state in
            guard case .opening(let waiting) = state.connections[address] else { return [] }
            state.connections[address] = next
            return waiting
        }
    }
}
