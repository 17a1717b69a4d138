// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import SIPMessage

/// Tells whose requests end here and whose are passed on.
struct ServedDomains: Sendable {
    /// Lower case; empty: every domain.
    private let names: Set<String>
    /// Our own addresses, as the transport advertises them.
    private let addresses: Set<SIPPath.Address>

    init(names: [String], addresses: some Sequence<SIPPath.Address>) {
        self.names = Set(names.map { $0.lowercased() })
        self.addresses = Set(addresses.map { SIPPath.Address(host: $0.host.lowercased(), port: $0.port) })
    }

    /// Whether the URI's host and port are those of this proxy.
    func isProxy(_ uri: SIPURI) -> Bool {
        self.isProxy(host: uri.bareHost, port: uri.port ?? uri.defaultPort)
    }

    /// Whether sent-by of a Via names this proxy.
    func isProxy(_ via: TopVia) -> Bool {
        self.isProxy(host: String(decoding: via.host, as: UTF8.self), port: via.port ?? 5060)
    }

    /// Whether a host, IPv6 with or without brackets, and a port are those of this proxy.
    func isProxy(host: String, port: UInt16) -> Bool {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return self.addresses.contains(SIPPath.Address(host: bare.lowercased(), port: port))
    }

    /// Whether the URI belongs to a domain served here, or to the proxy itself.
    ///
    /// When every domain is served, a numeric address still is a device's Contact and not a domain.
    func serves(_ uri: SIPURI) -> Bool {
        guard !self.isProxy(uri) else { return true }
        let host = uri.bareHost
        guard self.names.isEmpty else {
            return self.names.contains(host) && uri.port ?? uri.defaultPort == uri.defaultPort
        }
        return !SocketAddress.isNumeric(host)
    }
}

extension SIPURI {
    /// The host in lower case, IPv6 without brackets.
    var bareHost: String {
        let host = self.host.lowercased()
        guard host.hasPrefix("["), host.hasSuffix("]") else { return host }
        return String(host.dropFirst().dropLast())
    }

    /// RFC 3261 §19.1.2: 5061 for `sips:` and TLS, else 5060.
    var defaultPort: UInt16 {
        self.scheme == .sips || self.transportParameter == "tls" ? 5061 : 5060
    }

    /// The `transport` parameter in lower case.
    var transportParameter: String? {
        guard case .some(.some(let value)) = self.parameter("transport") else { return nil }
        return value.lowercased()
    }
}
