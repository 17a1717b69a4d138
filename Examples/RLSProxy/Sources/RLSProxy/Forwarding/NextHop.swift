// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import NIOPosix
import SIPMessage

/// The address of a next-hop URI.
///
/// Numeric hosts are taken as they are and names are looked up as plain hosts. NAPTR and SRV records (RFC 3263) are out
/// of scope here.
enum NextHop {
    /// Finds the address.
    ///
    /// - Parameter completion: called at once for numeric hosts, else on a loop of the group; nil when there is none.
    static func resolve(
        _ uri: SIPURI,
        on group: MultiThreadedEventLoopGroup,
        completion: @escaping @Sendable (SocketAddress?) -> Void
    ) {
        var host = uri.bareHost
        if case .some(.some(let maddr)) = uri.parameter("maddr") {
            host = maddr
        }
        let port = Int(uri.port ?? uri.defaultPort)
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            return completion(address)
        }
        let loop = MultiThreadedEventLoopGroup.currentEventLoop ?? group.next()
        // getaddrinfo blocks: it runs on a thread of its own.
        NIOThreadPool.singleton.runIfActive(eventLoop: loop) { [host] in
            try SocketAddress.makeAddressResolvingHost(host, port: port)
        }.whenComplete { result in
            completion(try? result.get())
        }
    }
}
