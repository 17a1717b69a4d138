// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import Logging
import NIOCore
import NIOPosix
package import ResourceListServer
import RLSCore
import SIPMessage

/// A SIP proxy with a resource list server inside.
///
/// Sockets and transactions are here; what happens to a request is in ``RoutingScript``; everything about lists is the
/// library's. Extensions by concern: `Routing/`, `Forwarding/`, `Presence/`, `Embedding/`.
package final class SIPProxy: Sendable {
    let configuration: ProxyConfiguration
    let logger: Logger
    let transport: SIPTransport
    let transactions: TransactionLayer
    let sender: RequestSender
    /// The built-in presence agent.
    let presence: PresenceService
    /// The list server; nil: this proxy serves no lists.
    let lists: RLSServer?
    private let running = Running()

    /// Creates a proxy.
    ///
    /// - Parameters:
    ///   - resolver: where lists come from; nil: no lists are served.
    ///   - store: where list dialogs are kept over a restart; nil: in memory only.
    ///   - authorizer: who may watch a list; the default: its owner, and everybody when it is shared.
    package init(
        configuration: ProxyConfiguration,
        resolver: (any RLSListResolver)?,
        store: (any RLSStore)? = nil,
        authorizer: any RLSAuthorizer = .ownerOnly,
        observer: any RLSObserver = .none,
        logger: Logger
    ) {
        self.configuration = configuration
        self.logger = logger
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.threads))
        self.transport = SIPTransport(group: group, logger: logger)
        self.transactions = TransactionLayer(transport: self.transport, timers: configuration.timers)
        self.sender = RequestSender(
            transport: self.transport,
            transactions: self.transactions,
            nextHops: NextHops()
        )
        self.presence = PresenceService(
            limits: PresenceAgent.Limits(
                minExpires: configuration.lists.minExpires,
                maxExpires: configuration.lists.maxExpires
            )
        )
        let environment = RLSEnvironment.system(timersOn: self.transport.loops[0])
        self.lists = resolver.map { resolver in
            RLSServer(
                configuration: configuration.listConfiguration,
                resolver: resolver,
                store: store,
                authorizer: authorizer,
                environment: environment,
                observer: observer,
                logger: logger
            )
        }
    }

    /// Whose requests end here; known once the sockets are open.
    var domains: ServedDomains { self.running.domains }

    /// What this proxy can do, for OPTIONS and 405.
    var capabilities: SIPCapabilities {
        var capabilities =
            self.lists?.capabilities
            ?? SIPCapabilities(
                allow: ["SUBSCRIBE", "NOTIFY", "OPTIONS"],
                allowEvents: ["presence"],
                accept: ["application/pidf+xml"],
                supported: []
            )
        capabilities.allow.append("PUBLISH")
        return capabilities
    }

    /// Opens the sockets.
    ///
    /// - Returns: where the proxy listens, with the ports that the system chose.
    package func start() async throws -> [ListenAddress] {
        let script = RoutingScript(proxy: self)
        let receiver = SIPReceiver(
            message: { message, flow, peer in
                self.received(message, flow: flow, peer: peer, script: script)
            },
            malformed: { error, request, flow, peer in
                self.answerMalformed(error, request, flow: flow, peer: peer)
            }
        )
        for address in self.configuration.listen {
            try await self.transport.listen(
                on: address,
                advertise: self.configuration.advertise,
                receiver: receiver
            )
        }
        let advertised = self.transport.advertised
        self.running.domains = ServedDomains(
            names: self.configuration.domains,
            addresses: self.transport.ownAddresses
        )
        self.transactions.start()
        self.startPresence()
        return advertised.map { ListenAddress($0.transport, host: $0.address.host, port: $0.address.port) }
    }

    private func received(
        _ message: SIPParsedMessage,
        flow: Flow,
        peer: Peer,
        script: RoutingScript
    ) {
        switch message {
        case .request(let request):
            // The parser has seen a Via; one that cannot be read leaves nobody to answer.
            guard let via = TopVia(of: request) else { return }
            script.route(IncomingRequest(request, via: via, flow: flow, peer: peer))
        case .response(let response):
            guard let branch = self.branch(of: response, over: flow) else { return }
            self.transactions.receive(response, branch: branch)
        }
    }

    /// The branch under which we sent the request; nil when the top Via is not ours and the response has to be dropped
    /// (RFC 3261 §18.1.2).
    private func branch(of response: SIPResponse, over flow: Flow) -> Branch? {
        if let branch = response.headers.first(.via).flatMap({ flow.branch(in: $0) }) {
            return branch
        }
        guard let via = TopVia(of: response), flow.isSentBy(via) || self.domains.isProxy(via) else { return nil }
        return via.branch.flatMap { Branch($0) }
    }
}
