// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RLSCore

extension SIPTransport {
    /// Every address that means us: what peers are told, and where we really listen.
    func addresses(of address: ListenAddress, advertised: SIPPath.Address) throws -> [SIPPath.Address] {
        let listening = try SocketAddress.makeAddressResolvingHost(address.host, port: Int(address.port))
        guard listening.isWildcard else {
            return [advertised, SIPPath.Address(host: address.host, port: address.port)]
        }
        let devices = try System.enumerateDevices().compactMap(\.address?.ipAddress)
        return [advertised] + devices.map { SIPPath.Address(host: $0, port: address.port) }
    }

    /// What peers are told: the address given for this, else the listening one; for "every interface" the first
    /// address of this machine that is not loopback.
    func advertisedAddress(of address: ListenAddress, advertise: HostAndPort?) throws -> SIPPath.Address {
        let port = advertise?.port ?? address.port
        if let host = advertise?.host {
            return SIPPath.Address(host: host, port: port)
        }
        let listening = try SocketAddress.makeAddressResolvingHost(address.host, port: Int(port))
        guard listening.isWildcard else { return SIPPath.Address(host: address.host, port: port) }
        let device = try System.enumerateDevices().lazy.compactMap(\.address).first {
            $0.protocol == listening.protocol && !$0.isLoopback
        }
        let fallback = listening.protocol == .inet6 ? "::1" : "127.0.0.1"
        return SIPPath.Address(host: device?.ipAddress ?? fallback, port: port)
    }
}
