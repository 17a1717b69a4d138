// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RLSCore

/// The sockets and connections of the proxy (RFC 3261 §18).
///
/// Each UDP address is bound once per event loop with SO_REUSEPORT, so that the kernel spreads peers over the loops.
/// One TCP connection per peer is kept and used in both directions.
package final class SIPTransport: Sendable {
    struct State {
        /// UDP sockets.
        var sockets: [Flow] = []
        /// TCP listeners, and the address that peers are told to connect to.
        var listeners: [any Channel] = []
        var streamLocal: SIPPath.Address?
        /// Addresses that mean us, in Routes and Request-URIs.
        var ownAddresses: Set<SIPPath.Address> = []
        /// Every open socket and connection by token.
        var flows: [UInt64: Flow] = [:]
        /// Connections by the peer's address.
        var connections: [SocketAddress: Connection] = [:]
        /// Starts anywhere, so that a token kept over a restart names nothing.
        var nextToken = UInt64(UInt32.random(in: .min ... .max)) << 24
        /// Who is told what comes in over connections that we open.
        var receiver = SIPReceiver.none
        var isClosing = false
    }

    enum Connection {
        case opening([PendingWrite])
        case open(Flow)
    }

    struct PendingWrite {
        var bytes: ByteBuffer
        var failed: (@Sendable () -> Void)?
    }

    let group: MultiThreadedEventLoopGroup
    /// The loops of the group, in an order that does not change.
    let loops: [any EventLoop]
    private let executors: [ObjectIdentifier: LoopExecutor]
    let logger: Logger
    let state = NIOLockedValueBox(State())

    init(group: MultiThreadedEventLoopGroup, logger: Logger) {
        self.group = group
        self.loops = Array(group.makeIterator())
        self.executors = Dictionary(uniqueKeysWithValues: self.loops.map { (ObjectIdentifier($0), LoopExecutor($0)) })
        self.logger = logger
    }

    /// Runs tasks on a loop of the group.
    func executor(of loop: any EventLoop) -> LoopExecutor? { self.executors[ObjectIdentifier(loop)] }

    /// Runs `work` on a loop of the group, not before its caller returns: who is told of a failure may send the next request.
    func afterThis(_ work: @escaping @Sendable () -> Void) {
        (MultiThreadedEventLoopGroup.currentEventLoop ?? self.loops[0]).execute(work)
    }

    /// The addresses under which peers reach the proxy.
    var advertised: [(transport: SIPPath.Transport, address: SIPPath.Address)] {
        self.state.withLockedValue { state in
            var seen = state.sockets.map { (SIPPath.Transport.udp, $0.local) }
            if let local = state.streamLocal {
                seen.append((.tcp, local))
            }
            return seen
        }
    }

    /// All addresses that mean this proxy.
    var ownAddresses: Set<SIPPath.Address> { self.state.withLockedValue { $0.ownAddresses } }

    func flow(token: UInt64) -> Flow? {
        self.state.withLockedValue { $0.flows[token] }
    }

    /// A UDP socket that reaches an address; preferably one of the calling loop.
    func socket(reaching address: SocketAddress) -> Flow? {
        self.state.withLockedValue { state in
            var candidate: Flow?
            for socket in state.sockets where socket.reaches(address) {
                if socket.eventLoop.inEventLoop { return socket }
                candidate = candidate ?? socket
            }
            return candidate
        }
    }

    /// The start of the Via of a request for this target.
    func viaPrefix(for target: SendTarget) -> [UInt8] {
        switch target {
        case .flow(let flow, _):
            return flow.viaPrefix
        case .stream(let address):
            let local = self.state.withLockedValue { $0.streamLocal ?? $0.sockets.first?.local }
            return Flow.viaPrefix(.tcp, local ?? address.sipAddress)
        }
    }

    /// Sends bytes.
    ///
    /// - Parameter failed: called when they could not be sent.
    func send(_ bytes: ByteBuffer, to target: SendTarget, failed: (@Sendable () -> Void)? = nil) {
        switch target {
        case .flow(let flow, let address):
            flow.send(bytes, to: address, failed: failed)
        case .stream(let address):
            self.sendOverConnection(bytes, to: address, failed: failed)
        }
    }

    func registerFlow(
        _ transport: SIPPath.Transport,
        local: SIPPath.Address,
        remote: SocketAddress?,
        channel: any Channel
    ) -> Flow {
        let token = self.state.withLockedValue { state in
            state.nextToken &+= 1
            return state.nextToken
        }
        let flow = Flow(token: token, transport: transport, local: local, remote: remote, channel: channel)
        self.state.withLockedValue { $0.flows[token] = flow }
        channel.closeFuture.whenComplete { _ in self.forget(flow) }
        return flow
    }

    private func forget(_ flow: Flow) {
        self.state.withLockedValue { state in
            state.flows[flow.token] = nil
            guard let remote = flow.remote, case .open(let current) = state.connections[remote] else { return }
            guard current === flow else { return }
            state.connections[remote] = nil
        }
    }

    /// Closes everything.
    func close() async {
        let (listeners, flows) = self.state.withLockedValue { state in
            state.isClosing = true
            return (state.listeners, Array(state.flows.values))
        }
        for listener in listeners {
            try? await listener.close()
        }
        for flow in flows {
            await flow.close()
        }
    }
}
