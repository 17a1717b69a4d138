// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import RLSCore

/// A transport, a host and a port to listen on, written `udp:127.0.0.1:5060` or `tcp:[::1]:5060`.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// UDP or TCP.
    package var transport: SIPPath.Transport
    /// Numeric address, without brackets; `0.0.0.0` or `::` for every interface.
    package var host: String
    /// Port; 0 lets the system choose.
    package var port: UInt16

    /// Creates an address.
    package init(_ transport: SIPPath.Transport, host: String, port: UInt16) {
        self.transport = transport
        self.host = host
        self.port = port
    }

    /// Reads the command line's form; nil when it is not understood.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        guard let transport = SIPPath.Transport(rawValue: text[..<colon].lowercased()) else { return nil }
        guard transport == .udp || transport == .tcp else { return nil }
        guard let address = HostAndPort(String(text[text.index(after: colon)...])) else { return nil }
        self.init(transport, host: address.host, port: address.port ?? 5060)
    }

    package var description: String {
        "\(self.transport.rawValue):\(SIPPath.Address(host: self.host, port: self.port))"
    }
}

/// A host with or without a port, written `host`, `host:port`, `[::1]` or `[::1]:port`.
package struct HostAndPort: Sendable, Hashable {
    /// Name or numeric address, without brackets.
    package var host: String
    /// Port, when one was given.
    package var port: UInt16?

    /// Reads the command line's form; nil when it is not understood.
    package init?(_ text: String) {
        let rest: Substring
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            self.host = String(text[text.index(after: text.startIndex)..<bracket])
            rest = text[text.index(after: bracket)...]
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            self.host = String(text[..<colon])
            rest = text[colon...]
        }
        guard !self.host.isEmpty else { return nil }
        guard !rest.isEmpty else { return }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()) else { return nil }
        self.port = port
    }
}
