// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore

/// Where messages come from, with what is asked about it for each of them.
final class Peer: Sendable {
    let address: SocketAddress
    /// The address as the list server sees it.
    let sipAddress: SIPPath.Address
    /// The numeric host as it is written in a Via; IPv6 without brackets.
    let host: [UInt8]
    /// The port.
    let port: UInt16

    init(_ address: SocketAddress) {
        self.address = address
        self.sipAddress = address.sipAddress
        self.host = Array(self.sipAddress.host.utf8)
        self.port = self.sipAddress.port
    }
}

/// The peers of a UDP socket that sent last: a presence server sends thousands of messages from one address, and an
/// address becomes text only once.
struct RecentPeers {
    private static var count: Int { 64 }
    private var peers = [Peer?](repeating: nil, count: Self.count)

    mutating func peer(at address: SocketAddress) -> Peer {
        let slot = Self.slot(of: address)
        if let known = self.peers[slot], known.address == address {
            return known
        }
        let peer = Peer(address)
        self.peers[slot] = peer
        return peer
    }

    private static func slot(of address: SocketAddress) -> Int {
        address.withSockAddr { pointer, size in
            let hash = UnsafeRawBufferPointer(start: pointer, count: size).reduce(0) { ($0 &* 31) &+ UInt($1) }
            return Int((hash ^ hash >> 7) % UInt(Self.count))
        }
    }
}
