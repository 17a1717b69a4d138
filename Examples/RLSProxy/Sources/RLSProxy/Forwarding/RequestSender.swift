// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import SIPMessage

/// Sends requests of our own and forwarded ones: finds the next hop's address, and starts the client transaction.
struct RequestSender: Sendable {
    let transport: SIPTransport
    let transactions: TransactionLayer
    let nextHops: NextHops

    /// Sends a request.
    ///
    /// - Parameter completion: called exactly once.
    func send(
        _ request: SIPRequest,
        to destination: RLSDestination,
        loopHash: UInt32? = nil,
        completion: @escaping @Sendable (ClientOutcome) -> Void
    ) {
        switch destination {
        case .flow(let path):
            self.send(request, to: self.target(of: path), loopHash: loopHash, completion: completion)
        case .uri(let uri), .presenceServer(let uri):
            self.nextHops.find(uri) { hop in
                let target = hop.flatMap { self.target(at: $0) }
                self.send(request, to: target, loopHash: loopHash, completion: completion)
            }
        }
    }

    private func send(
        _ request: SIPRequest,
        to target: SendTarget?,
        loopHash: UInt32?,
        completion: @escaping @Sendable (ClientOutcome) -> Void
    ) {
        guard let target else {
            return self.transport.afterThis { completion(.transportError) }
        }
        self.transactions.send(request, to: target, loopHash: loopHash, completion: completion)
    }

    /// The socket or connection that the path names, or its peer's address when that is gone.
    private func target(of path: SIPPath) -> SendTarget? {
        let remote = path.remote
        guard let address = try? SocketAddress(ipAddress: remote.host, port: Int(remote.port)) else { return nil }
        if let flow = self.transport.flow(token: path.flow), flow.isOpen, flow.transport == path.transport {
            return .flow(flow, address)
        }
        guard !path.transport.isReliable else { return .stream(address) }
        return self.transport.socket(reaching: address).map { .flow($0, address) }
    }

    private func target(at hop: NextHops.Hop) -> SendTarget? {
        switch hop.transport {
        case .tcp: .stream(hop.address)
        case .udp: self.transport.socket(reaching: hop.address).map { .flow($0, hop.address) }
        case .any: self.transport.socket(reaching: hop.address).map { .flow($0, hop.address) } ?? .stream(hop.address)
        case .unsupported: nil
        }
    }
}
