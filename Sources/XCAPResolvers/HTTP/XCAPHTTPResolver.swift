// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
public import AsyncHTTPClient
internal import NIOCore
public import RLSCore
public import ResourceListServer
internal import SIPMessage
internal import XCAPDocuments

/// Lists from XCAP servers by HTTP (RFC 4825), OpenSIPS' and Kamailio's way of reaching them.
///
/// For each query the watcher's own `rls-services/users/<address of record>/index` is asked for, then
/// `rls-services/global/index`. Documents are kept, confirmed with their ETag, and each is fetched by one request however
/// many ask for it. 404 means "not a list"; a server that does not answer is `unavailable`; 401 and 403 are
/// `credentialsRefused`. Redirects are not followed. A slow server holds up only what needs it.
///
/// Call ``shutdown()`` when it is no longer used.
public final class XCAPHTTPResolver: RLSListResolver {
    private let configuration: XCAPHTTPConfiguration
    private let client: HTTPClient
    private let rules: XCAPReferenceRules
    private let cache: HTTPDocumentCache
    private let lookup: XCAPListLookup

    /// Creates a resolver.
    ///
    /// - Parameters:
    ///   - configuration: the servers.
    ///   - adjust: changes the HTTP client's configuration, for example its trust roots. Redirects and decompression
    ///     stay off whatever it says.
    public convenience init(
        _ configuration: XCAPHTTPConfiguration,
        adjust: (inout HTTPClient.Configuration) -> Void = { _ in }
    ) {
        self.init(configuration, now: { ContinuousClock.now }, adjust: adjust)
    }

    init(
        _ configuration: XCAPHTTPConfiguration,
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        adjust: (inout HTTPClient.Configuration) -> Void
    ) {
        var settings = HTTPClient.Configuration()
        settings.timeout.connect = .nanoseconds(configuration.connectTimeout.nanoseconds)
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, configuration.maxConnections)
        // A server that refuses connections is reported at once: the caller knows better when to try again.
        settings.connectionPool.retryConnectionEstablishment = false
        adjust(&settings)
        // S-SSRF: a redirect leads wherever its sender likes. R4825-18: a body is as large as it is on the wire.
        settings.redirectConfiguration = .disallow
        settings.decompression = .disabled
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)

        var authenticators: [XCAPRoot: HTTPAuthenticator] = [:]
        for server in configuration.roots {
            authenticators[server.root] = server.credentials.map {
                HTTPAuthenticator($0, isEncrypted: server.root.scheme == "https")
            }
        }
        let fetcher = HTTPFetcher(
            client: client,
            timeout: configuration.timeout,
            options: configuration.options,
            authenticators: authenticators
        )
        let cache = HTTPDocumentCache(fetcher, configuration, now: now)
        let rules = XCAPReferenceRules.servers(
            configuration.roots.map { ($0.root, $0.aliases) },
            external: configuration.externalRoots
        )
        self.configuration = configuration
        self.client = client
        self.cache = cache
        self.rules = rules
        self.lookup = XCAPListLookup(
            rules: rules,
            options: configuration.options
        ) { (reference) async throws(RLSResolverError) in
            try await cache.document(reference)
        }
    }

    deinit {
        // Not awaited: whoever cares has called shutdown(), and then this does nothing.
        self.client.shutdown { _ in }
    }

    /// Closes all connections; requests under way fail. To be called once, at the end.
    public func shutdown() async {
        try? await self.client.shutdown()
    }

    /// Looks in the watcher's own rls-services document at each root, then in the global ones.
    public func findService(_ query: RLSListQuery) async throws(RLSResolverError) -> RLSListService? {
        let domain = query.watcher.host.lowercased()
        let roots = self.configuration.roots.filter { server in
            server.domains.isEmpty || server.domains.contains { $0.lowercased() == domain }
        }
        return try await self.lookup.findService(query.uri, watcher: query.watcher, roots: roots.map(\.root))
    }

    /// Flattens the list of a service.
    public func resolve(
        _ service: RLSListService,
        known: RLSListVersion?
    ) async throws(RLSResolverError) -> RLSResolution {
        let resolution = try await self.lookup.resolve(service, known: known)
        switch resolution {
        case .list(let list): await self.watch(list.sources)
        case .unchanged: await self.watch(known?.sources ?? [])
        case .gone: break
        }
        return resolution
    }

    /// Tells which of the documents that lists were made from have changed, appeared or vanished, by asking their servers
    /// every ``XCAPHTTPConfiguration/revalidationInterval``.
    public func makeChanges() -> AsyncStream<RLSListChange> {
        let stream = HTTPChangeStream(
            self.cache,
            every: self.configuration.revalidationInterval,
            rate: self.configuration.revalidationRate
        )
        return AsyncStream { await stream.next() }
    }

    private func watch(_ sources: [RLSDocumentVersion]) async {
        await self.cache.watch(
            sources.compactMap { source in
                (try? self.rules.document(key: source.key)).map { (reference: $0, version: source.etag) }
            }
        )
    }
}
#endif
