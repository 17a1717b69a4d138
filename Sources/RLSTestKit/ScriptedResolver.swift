// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import ResourceListServer
public import SIPMessage

/// A resolver that answers what a test has put in, and fails or stalls when told.
public final class ScriptedResolver: RLSListResolver {
    private struct State {
        var services: [String: RLSListService] = [:]
        var lists: [String: RLSResolvedList] = [:]
        var edits = 0
        var changes: [AsyncStream<RLSListChange>.Continuation] = []
    }

    private let state = Locked(State())
    private let findCalls = ScriptedCalls<RLSListQuery, RLSResolverError>()
    private let resolveCalls = ScriptedCalls<RLSListService, RLSResolverError>()

    /// Creates a resolver without lists.
    public init() {}

    /// Puts a list in, or replaces it; each time it has a new version. The document's key is the service URI.
    ///
    /// - Parameters:
    ///   - uri: the service URI.
    ///   - members: URIs of the entries.
    ///   - owner: nil: everybody may see it.
    public func setList(_ uri: String, _ members: [String], owner: SIPURI? = nil, packages: [String]? = nil) {
        let entries = members.compactMap { member in
            (try? SIPURI(member)).map { RLSListEntry(uri: member, target: $0) }
        }
        self.setList(uri, entries: entries, owner: owner, packages: packages)
    }

    /// Puts a list in, or replaces it, with names.
    ///
    /// - Parameters:
    ///   - uri: the service URI.
    ///   - entries: the entries, with their names.
    ///   - names: names of the list.
    ///   - owner: nil: everybody may see it.
    public func setList(
        _ uri: String,
        entries: [RLSListEntry],
        names: [RLSDisplayName] = [],
        owner: SIPURI? = nil,
        packages: [String]? = nil
    ) {
        let service = RLSListService(uri: uri, packages: packages, owner: owner.map { .user($0) } ?? .shared)
        self.state.withLock { state in
            state.edits += 1
            let source = RLSDocumentVersion(key: uri, etag: String(state.edits))
            state.services[uri] = service
            state.lists[uri] = RLSResolvedList(names: names, entries: entries, sources: [source])
        }
    }

    /// Takes a list out.
    public func removeList(_ uri: String) {
        self.state.withLock { state in
            state.services[uri] = nil
            state.lists[uri] = nil
        }
    }

    /// Tells those who listen that lists changed.
    public func announce(_ change: RLSListChange) {
        for continuation in self.state.withLock({ $0.changes }) {
            continuation.yield(change)
        }
    }

    /// How `findService` behaves.
    public var findBehaviour: ScriptedBehaviour<RLSResolverError> {
        get { self.findCalls.behaviour }
        set { self.findCalls.behaviour = newValue }
    }

    /// How `resolve` behaves.
    public var resolveBehaviour: ScriptedBehaviour<RLSResolverError> {
        get { self.resolveCalls.behaviour }
        set { self.resolveCalls.behaviour = newValue }
    }

    /// What `findService` was asked.
    public var queries: [RLSListQuery] { self.findCalls.calls }
    /// Which services `resolve` was asked for.
    public var resolved: [RLSListService] { self.resolveCalls.calls }

    /// Waits until `findService` has been called so many times.
    public func untilFound(_ count: Int) async {
        await self.findCalls.until(count)
    }

    /// Waits until `resolve` has been called so many times.
    public func untilResolved(_ count: Int) async {
        await self.resolveCalls.until(count)
    }

    /// The service whose URI equals the query's as text.
    public func findService(_ query: RLSListQuery) async throws(RLSResolverError) -> RLSListService? {
        if let failure = await self.findCalls.record(query) {
            throw failure
        }
        return self.state.withLock { $0.services[query.uri.text] }
    }

    /// The list that was put in.
    public func resolve(
        _ service: RLSListService,
        known: RLSListVersion?
    ) async throws(RLSResolverError) -> RLSResolution {
        if let failure = await self.resolveCalls.record(service) {
            throw failure
        }
        guard let list = self.state.withLock({ $0.lists[service.uri] }) else { return .gone }
        return list.version == known ? .unchanged : .list(list)
    }

    /// What ``announce(_:)`` tells.
    public func makeChanges() -> AsyncStream<RLSListChange> {
        let (stream, continuation) = AsyncStream.makeStream(of: RLSListChange.self)
        self.state.withLock { $0.changes.append(continuation) }
        return stream
    }
}
