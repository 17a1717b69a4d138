// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The way a SIP message took to the proxy, as the proxy describes it.
///
/// Contacts, `socket_info` and the way back to a phone behind a NAT are made from it.
public struct SIPPath: Sendable, Hashable {
    /// A SIP transport (RFC 3261 §18, RFC 7118).
    public enum Transport: String, Sendable, Hashable, CaseIterable {
        case udp, tcp, tls, ws, wss

        /// Whether the transport delivers reliably, so that nothing is retransmitted (RFC 3261 §17).
        public var isReliable: Bool { self != .udp }
    }

    /// A host and a port. The host is a name or a numeric address; IPv6 addresses are written without brackets.
    public struct Address: Sendable, Hashable, CustomStringConvertible {
        /// Host name or numeric address, without brackets.
        public var host: String
        /// Port; never 0 for an address that can be reached.
        public var port: UInt16

        /// Creates an address.
        public init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }

        /// The host as it is written in a URI: IPv6 in brackets.
        public var uriHost: String { self.host.utf8.contains(UInt8(ascii: ":")) ? "[\(self.host)]" : self.host }

        /// Host and port as they are written in a URI.
        public var description: String { "\(self.uriHost):\(self.port)" }
    }

    /// Transport of the message.
    public var transport: Transport
    /// The address under which peers reach this proxy (the advertised one), used in Contacts.
    public var local: Address
    /// The source of the message.
    public var remote: Address
    /// A token of the proxy for the connection or socket; given back in RLSDestination/flow(_:). 0: none.
    public var flow: UInt64

    /// Creates a path.
    public init(transport: Transport, local: Address, remote: Address, flow: UInt64 = 0) {
        self.transport = transport
        self.local = local
        self.remote = remote
        self.flow = flow
    }
}
