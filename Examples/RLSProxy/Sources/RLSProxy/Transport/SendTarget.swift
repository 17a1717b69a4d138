// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import SIPMessage

/// Where a request goes: a resolved address, and the socket or connection when it is known.
enum SendTarget: Sendable {
    /// Over this socket or connection.
    case flow(Flow, SocketAddress)
    /// Over a TCP connection to this address: the open one, or a new one.
    case stream(SocketAddress)

    /// Whether nothing has to be sent twice.
    var isReliable: Bool {
        switch self {
        case .flow(let flow, _): flow.transport.isReliable
        case .stream: true
        }
    }
}

/// Where the response to a request goes, by its top Via (RFC 3261 §18.2.2, RFC 3581 §4).
struct ResponseRoute: Sendable {
    private let flow: Flow
    private let address: SocketAddress
    /// Where a new connection goes when the old one is gone.
    private let listener: SocketAddress

    /// - Parameters:
    ///   - via: the top Via as it was received.
    ///   - flow: the socket or connection that the request came over.
    ///   - peer: where it came from.
    init(via: TopVia, flow: Flow, peer: Peer) {
        self.flow = flow
        let port = via.port ?? 5060
        let listener = port == peer.port ? peer.address : peer.address.withPort(Int(port))
        if let maddr = via.maddr.map({ String(decoding: $0, as: UTF8.self) }),
            let named = try? SocketAddress(ipAddress: maddr, port: Int(port))
        {
            self.address = named
        } else {
            // `received`, which we add when it differs, or a sent-by that equals it: the source address in both cases.
            self.address = via.hasRport ? peer.address : listener
        }
        self.listener = listener
    }

    var isReliable: Bool { self.flow.transport.isReliable }

    /// The same connection while it is open, else a new one; UDP: from the socket that the request came in on.
    var target: SendTarget {
        guard self.flow.transport.isReliable, !self.flow.isOpen else {
            return .flow(self.flow, self.address)
        }
        return .stream(self.listener)
    }
}

extension SIPTransport {
    func send(_ response: ByteBuffer, to route: ResponseRoute) {
        self.send(response, to: route.target)
    }
}
