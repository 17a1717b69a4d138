// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOCore
import RLSCore
import ResourceListServer
import SIPMessage
import SIPPhone
import ServiceLifecycle

@testable import RLSProxy

/// A proxy on free ports of the loopback interface.
struct RunningProxy {
    let proxy: SIPProxy
    let udp: SocketAddress
    let tcp: SocketAddress

    func phone(_ uri: String, over transport: SIPPhone.Transport = .udp) async throws -> SIPPhone {
        try await SIPPhone.open(uri, over: transport, server: transport == .udp ? self.udp : self.tcp)
    }
}

/// Runs a proxy for the time of a test, and stops it as SIGTERM does.
func withProxy(
    resolver: (any RLSListResolver)? = nil,
    authorizer: any RLSAuthorizer = .ownerOnly,
    configure: (inout ProxyConfiguration) -> Void = { _ in },
    body: (RunningProxy) async throws -> Void
) async throws {
    var configuration = ProxyConfiguration()
    configuration.listen = [
        ListenAddress(.udp, host: "127.0.0.1", port: 0), ListenAddress(.tcp, host: "127.0.0.1", port: 0),
    ]
    configuration.domains = ["example.org"]
    configuration.shutdownTime = .seconds(5)
    configuration.lists.waitnTime = .milliseconds(200)
    configure(&configuration)
    var logger = Logger(label: "proxy")
    logger.logLevel = .error
    let proxy = SIPProxy(
        configuration: configuration,
        resolver: resolver,
        authorizer: authorizer,
        logger: logger
    )
    let addresses = try await proxy.start()
    let udp = try SocketAddress(addresses.first { $0.transport == .udp })
    let tcp = try SocketAddress(addresses.first { $0.transport == .tcp })

    let group = ServiceGroup(services: [ServingProxy(proxy: proxy)], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        do {
            // Until the list server serves it answers 503.
            _ = await proxy.lists?.untilServing()
            try await body(RunningProxy(proxy: proxy, udp: udp, tcp: tcp))
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

/// The proxy as a service whose sockets are open already.
private struct ServingProxy: Service {
    let proxy: SIPProxy

    func run() async throws {
        try await self.proxy.serve()
    }
}

extension SocketAddress {
    fileprivate init(_ address: ListenAddress?) throws {
        guard let address else { throw NotListening() }
        try self.init(ipAddress: address.host, port: Int(address.port))
    }
}

private struct NotListening: Error {}
