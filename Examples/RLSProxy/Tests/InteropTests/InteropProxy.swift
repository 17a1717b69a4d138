// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOCore
import RLSCore
import RLSProxy
import SIPMessage
import ServiceLifecycle
import XCAPResolvers

/// Runs the proxy on one port for UDP and TCP, as RFC 3261 §18.2.1 has it: the NOTIFYs of a TCP watcher's back-ends come
/// over UDP.
func withInteropProxy(
    lists: String,
    presenceServer: SocketAddress? = nil,
    body: @escaping (SocketAddress) async throws -> Void
) async throws {
    let port = UInt16(try FreePort.tcp())
    var configuration = ProxyConfiguration()
    configuration.listen = [
        ListenAddress(.udp, host: "127.0.0.1", port: port), ListenAddress(.tcp, host: "127.0.0.1", port: port),
    ]
    configuration.domains = ["example.org"]
    configuration.presenceServer = try presenceServer.map { try SIPURI("sip:127.0.0.1:\($0.port ?? 0)") }
    configuration.lists.waitnTime = .milliseconds(300)
    configuration.lists.minExpires = 1
    configuration.shutdownTime = .seconds(2)
    var logger = Logger(label: "proxy")
    logger.logLevel = .error
    let proxy = SIPProxy(
        configuration: configuration,
        resolver: XCAPDirectoryResolver(directory: lists),
        logger: logger
    )
    _ = try await proxy.start()
    let group = ServiceGroup(services: [OpenProxy(proxy: proxy)], logger: logger)
    async let running: Void = group.run()
    do {
        try await body(try SocketAddress(ipAddress: "127.0.0.1", port: Int(port)))
    } catch {
        await group.triggerGracefulShutdown()
        throw error
    }
    await group.triggerGracefulShutdown()
    try await running
}

/// The proxy as a service whose sockets are open already.
private struct OpenProxy: Service {
    let proxy: SIPProxy

    func run() async throws {
        try await self.proxy.serve()
    }
}
