// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
public import RLSCore
public import ResourceListServer
internal import XCAPDocuments

/// Lists from the table `xcap` that OpenXCAP writes: the tutorial's integrated mode.
///
/// It also reads the tables that OpenSIPS' `xcap_client` and Kamailio's `xcap_server` fill, where `doc_uri` is a URL or a
/// path. References between documents resolve in the table; nothing is fetched from anywhere else.
public final class OpenXCAPResolver: RLSListResolver {
    private let configuration: OpenXCAPConfiguration
    private let pool: ConnectionPool
    private let lookup: XCAPListLookup
    private let watch: XCAPWatch

    /// Creates a resolver; nothing is connected yet.
    public init(_ configuration: OpenXCAPConfiguration) {
        let pool = ConnectionPool(configuration.connectionOptions, connections: configuration.connections)
        let table = XCAPTable(configuration.table)
        let options = configuration.options
        let cache = XCAPDocumentCache(limit: configuration.cachedDocuments)
        let watch = XCAPWatch(configuration)
        self.configuration = configuration
        self.pool = pool
        self.watch = watch
        self.lookup = XCAPListLookup(rules: .oneTree(knownAs: configuration.roots), options: options) {
            reference async throws(RLSResolverError) -> XCAPDocument? in
            guard let key = XCAPDocumentKey(reference.selector) else { return nil }
            watch.add(key)
            let cached = cache[reference.key]
            let row: XCAPTable.Row?
            do {
                row = try await pool.run { connection in
                    try table.document(
                        key,
                        cached: cached?.etag,
                        limits: options.limits(of: reference.selector),
                        connection
                    )
                }
            } catch {
                throw Self.error(error, reference)
            }
            guard let row else {
                cache[reference.key] = nil
                return nil
            }
            switch row.content {
            case .unchanged:
                if let cached { return cached }
                throw RLSResolverError(.unavailable, document: reference.key, message: "changed while it was read")
            case .tooLarge(let bytes):
                throw RLSResolverError(.badDocument, document: reference.key, message: "\(bytes) bytes are too many")
            case .bytes(let bytes):
                let document = try XCAPDocument(parsing: bytes, from: reference, etag: row.etag, options: options)
                cache[reference.key] = document
                return document
            }
        }
    }

    /// Closes the connections and ends the stream of changes.
    public func shutdown() {
        self.pool.close()
        self.watch.stop()
    }

    deinit {
        self.watch.stop()
    }

    /// Finds a service: in the watcher's own document first, then in that of the global tree.
    public func findService(_ query: RLSListQuery) async throws(RLSResolverError) -> RLSListService? {
        try await self.lookup.findService(query.uri, watcher: query.watcher)
    }

    /// Fetches and flattens the list of a service.
    public func resolve(
        _ service: RLSListService,
        known: RLSListVersion?
    ) async throws(RLSResolverError) -> RLSResolution {
        try await self.lookup.resolve(service, known: known)
    }

    /// Hints that documents changed: at once where the trigger of ``PostgresMigration/xcapTrigger`` is installed, else by
    /// asking for the versions of those that were asked for, every `pollInterval`.
    public func makeChanges() -> AsyncStream<RLSListChange> {
        self.watch.makeChanges()
    }

    private static func error(_ error: any Error, _ reference: XCAPDocumentReference) -> RLSResolverError {
        guard let error = error as? PostgresError else {
            return RLSResolverError(.unavailable, document: reference.key, message: "\(type(of: error))")
        }
        // Invalid authorization specification, invalid password, insufficient privilege.
        let isRefused = error.sqlState.map { $0.hasPrefix("28") || $0 == "42501" } ?? false
        return RLSResolverError(
            isRefused ? .credentialsRefused : .unavailable,
            document: reference.key,
            message: error.description
        )
    }
}
#endif
