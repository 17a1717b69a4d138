// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import RLSCore

/// The column `socket_info`: `proto:ip:port`.
package struct RLSSocketInfo: Sendable, Hashable {
    package var transport: SIPPath.Transport
    package var address: SIPPath.Address

    package init(_ transport: SIPPath.Transport, _ address: SIPPath.Address) {
        self.transport = transport
        self.address = address
    }

    /// Reads the column; IPv6 addresses with or without brackets.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"),
            let transport = SIPPath.Transport(rawValue: text[..<colon].lowercased()),
            let address = Self.address(text[text.index(after: colon)...])
        else {
            return nil
        }
        self.init(transport, address)
    }

    package var text: String {
        var text = Array(self.transport.rawValue.utf8)
        text.append(UInt8(ascii: ":"))
        self.address.write(into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads `host:port`; the host in brackets when it is an IPv6 address, or without.
    static func address(_ text: Substring) -> SIPPath.Address? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        }
        return SIPPath.Address(host: String(host), port: port)
    }
}

extension SIPPath.Address {
    /// Writes what `description` says.
    func write(into text: inout [UInt8]) {
        text.append(contentsOf: self.uriHost.utf8)
        text.append(UInt8(ascii: ":"))
        text.append(contentsOf: String(self.port).utf8)
    }
}
