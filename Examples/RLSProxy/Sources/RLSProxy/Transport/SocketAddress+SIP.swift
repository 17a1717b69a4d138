// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore

extension SocketAddress {
    /// Whether the host is a numeric address, IPv6 without brackets.
    static func isNumeric(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }

    /// Every interface.
    var isWildcard: Bool { self.ipAddress == "0.0.0.0" || self.ipAddress == "::" }

    /// This host.
    var isLoopback: Bool {
        self.withSockAddr { pointer, size in
            let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
            // sockaddr_in has its address at byte 4, sockaddr_in6 at byte 8.
            switch self.protocol {
            case .inet where size >= 8:
                return bytes[4] == 127
            case .inet6 where size >= 24:
                return bytes[8..<23].allSatisfy { $0 == 0 } && bytes[23] == 1
            default:
                return false
            }
        }
    }

    /// An address that a single host can have, and a port that it can listen on: not multicast, broadcast or "any".
    var isOneHost: Bool {
        guard let port = self.port, port > 0 else { return false }
        return self.withSockAddr { pointer, size in
            let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
            switch self.protocol {
            case .inet where size >= 8:
                return bytes[4] > 0 && bytes[4] < 224
            case .inet6 where size >= 24:
                return bytes[8] != 0xff && bytes[8..<24].contains { $0 != 0 }
            default:
                return false
            }
        }
    }

    /// The same host with another port.
    func withPort(_ port: Int) -> SocketAddress {
        var address = self
        address.port = port
        return address
    }

    /// The address as the list server sees it.
    var sipAddress: SIPPath.Address {
        SIPPath.Address(host: self.ipAddress ?? "", port: UInt16(clamping: self.port ?? 0))
    }
}
