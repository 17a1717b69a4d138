// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
internal import RLSCore
internal import ResourceListServer
internal import XCAPDocuments

/// The documents that were fetched, and those being fetched: each by one request however many wait for it.
actor HTTPDocumentCache {
    /// A document, or that there is none, or that it is malformed.
    private struct Entry {
        var content: Result<XCAPDocument?, RLSResolverError>
        /// What the server calls this version.
        var etag: String?
        /// When the server last said that this is its document.
        var confirmed: ContinuousClock.Instant
        var used: ContinuousClock.Instant
        var bytes: Int
    }

    /// A request, and who waits for it.
    private struct Flight {
        var task: Task<Void, Never>
        var waiters: [Int: CheckedContinuation<Result<XCAPDocument?, RLSResolverError>, Never>]
    }

    /// A document that a list was made from.
    private struct Watched {
        var version: String?
        /// Number of its last change.
        var changed = 0
        var asked: ContinuousClock.Instant
        var confirmed: ContinuousClock.Instant
    }

    private let fetcher: HTTPFetcher
    private let configuration: XCAPHTTPConfiguration
    private let now: @Sendable () -> ContinuousClock.Instant
    private var entries: [XCAPDocumentReference: Entry] = [:]
    private var entryBytes = 0
    private var flights: [XCAPDocumentReference: Flight] = [:]
    private var waiterCount = 0
    private var watched: [XCAPDocumentReference: Watched] = [:]
    private var sequence = 0

    /// How long a document is asked for changes after it was last in use: longer than any list subscription lives
    /// unrefreshed.
    private static let watchTime = Duration.seconds(3 * 3_600)

    init(
        _ fetcher: HTTPFetcher,
        _ configuration: XCAPHTTPConfiguration,
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.fetcher = fetcher
        self.configuration = configuration
        self.now = now
    }

    /// A document, from here when it is fresh, otherwise confirmed or fetched.
    ///
    /// - Parameter freshness: how old it may be; nil: as configured.
    func document(
        _ reference: XCAPDocumentReference,
        freshness: Duration? = nil
    ) async throws(RLSResolverError) -> XCAPDocument? {
        let now = self.now()
        if let entry = self.entries[reference] {
            self.entries[reference]?.used = now
            if now - entry.confirmed < freshness ?? self.configuration.freshness {
                return try entry.content.get()
            }
        }
        guard self.flights[reference] != nil || self.flights.count < self.configuration.maxRequests else {
            throw RLSResolverError(
                .unavailable,
                document: reference.key,
                message: "too many requests are waiting",
                retryAfter: .seconds(1)
            )
        }
        self.waiterCount &+= 1
        let waiter = self.waiterCount
        // The waiter ends with its caller's task; the request goes on for the others, and ends with the last of them.
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.wait(waiter, for: reference, continuation)
            }
        } onCancel: {
            Task { await self.leave(waiter, reference) }
        }
        return try result.get()
    }

    // MARK: Requests

    private func wait(
        _ waiter: Int,
        for reference: XCAPDocumentReference,
        _ continuation: CheckedContinuation<Result<XCAPDocument?, RLSResolverError>, Never>
    ) {
        if self.flights[reference] == nil {
            let etag = self.entries[reference]?.etag
            // A task of its own, since it belongs to no single caller. Its time is limited by the fetcher.
            let task = Task { [fetcher, options = self.configuration.options] in
                let answer = await Self.fetch(reference, etag: etag, fetcher, options)
                self.landed(reference, answer)
            }
            self.flights[reference] = Flight(task: task, waiters: [:])
        }
        self.flights[reference]?.waiters[waiter] = continuation
    }

    private func leave(_ waiter: Int, _ reference: XCAPDocumentReference) {
        guard let continuation = self.flights[reference]?.waiters.removeValue(forKey: waiter) else { return }
        if self.flights[reference]?.waiters.isEmpty == true {
            // It may already have been cancelled when a new caller comes: then it is removed here, so that this one is
            // not given a cancelled answer.
            self.flights.removeValue(forKey: reference)?.task.cancel()
        }
        continuation.resume(
            returning: .failure(RLSResolverError(.unavailable, document: reference.key, message: "cancelled"))
        )
    }

    /// What became of a request.
    private enum Landing: Sendable {
        case content(Result<XCAPDocument?, RLSResolverError>, etag: String?, bytes: Int)
        case notModified
        case failed(RLSResolverError)
    }

    private static func fetch(
        _ reference: XCAPDocumentReference,
        etag: String?,
        _ fetcher: HTTPFetcher,
        _ options: XCAPOptions
    ) async -> Landing {
        do throws(RLSResolverError) {
            switch try await fetcher.get(reference, etag: etag) {
            case .notModified:
                return .notModified
            case .missing:
                return .content(.success(nil), etag: nil, bytes: 0)
            case .document(let bytes, let etag):
                // The version is a hash of the content, not the server's etag: that may be weak, or that of a whole server.
                let content = Result { () throws(RLSResolverError) in
                    Optional(try XCAPDocument(parsing: bytes, from: reference, options: options))
                }
                return .content(content, etag: etag, bytes: bytes.count)
            }
        } catch {
            return .failed(error)
        }
    }

    private func landed(_ reference: XCAPDocumentReference, _ landing: Landing) {
        guard !Task.isCancelled, let flight = self.flights.removeValue(forKey: reference) else { return }
        let now = self.now()
        let result: Result<XCAPDocument?, RLSResolverError>
        switch landing {
        case .content(let content, let etag, let bytes):
            self.keep(
                Entry(content: content, etag: etag, confirmed: now, used: now, bytes: bytes),
                for: reference
            )
            self.noteVersion(of: reference, content, now)
            result = content
        case .notModified:
            self.entries[reference]?.confirmed = now
            self.watched[reference]?.confirmed = now
            // Gone from the cache while it was confirmed: rare, and the next call fetches it whole.
            result =
                self.entries[reference]?.content
                ?? .failure(RLSResolverError(.unavailable, document: reference.key, message: "no longer cached"))
        case .failed(let error):
            self.watched[reference]?.confirmed = now
            if error.code == .badDocument {
                self.noteVersion(of: reference, .failure(error), now)
            }
            result = self.stale(reference, error, now) ?? .failure(error)
        }
        for waiter in flight.waiters.values {
            waiter.resume(returning: result)
        }
    }

    private func stale(
        _ reference: XCAPDocumentReference,
        _ error: RLSResolverError,
        _ now: ContinuousClock.Instant
    ) -> Result<XCAPDocument?, RLSResolverError>? {
        guard
            error.code == .unavailable,
            let limit = self.configuration.staleIfError,
            let entry = self.entries[reference],
            now - entry.confirmed < limit
        else {
            return nil
        }
        return entry.content
    }

    // MARK: Keeping

    private func keep(_ entry: Entry, for reference: XCAPDocumentReference) {
        self.entryBytes += entry.bytes - (self.entries[reference]?.bytes ?? 0)
        self.entries[reference] = entry
        guard
            self.entries.count > self.configuration.maxCacheDocuments
                || self.entryBytes > self.configuration.maxCacheBytes
        else {
            return
        }
        // An eighth at a time, the longest unused first: sorting is then rare.
        let oldest = self.entries.sorted { $0.value.used < $1.value.used }.prefix(max(1, self.entries.count / 8))
        for (key, entry) in oldest where key != reference {
            self.entries[key] = nil
            self.entryBytes -= entry.bytes
        }
        if self.entryBytes > self.configuration.maxCacheBytes {
            self.entries = self.entries.filter { $0.key == reference }
            self.entryBytes = entry.bytes
        }
    }

    // MARK: Changes

    /// Looks for changes of these documents from now on.
    func watch(_ sources: [(reference: XCAPDocumentReference, version: String?)]) {
        let now = self.now()
        if self.watched.count + sources.count > self.configuration.maxCacheDocuments {
            self.watched = self.watched.filter { now - $0.value.asked < Self.watchTime }
        }
        for source in sources {
            if self.watched[source.reference] != nil {
                self.watched[source.reference]?.asked = now
            } else if self.watched.count < self.configuration.maxCacheDocuments {
                self.watched[source.reference] = Watched(version: source.version, asked: now, confirmed: now)
            }
        }
    }

    private func noteVersion(
        of reference: XCAPDocumentReference,
        _ content: Result<XCAPDocument?, RLSResolverError>,
        _ now: ContinuousClock.Instant
    ) {
        guard let watched = self.watched[reference] else { return }
        self.watched[reference]?.confirmed = now
        let version: String?
        switch content {
        case .success(let document): version = document?.etag
        case .failure: version = nil
        }
        if version != watched.version {
            self.sequence += 1
            self.watched[reference]?.version = version
            self.watched[reference]?.changed = self.sequence
        }
    }

    /// The documents that changed after a point of the sequence; nil: from now on.
    func changes(after sequence: Int?) -> (keys: [String], sequence: Int) {
        guard let sequence else { return ([], self.sequence) }
        let changed = self.watched.filter { $0.value.changed > sequence }
        return (changed.map(\.key.key).sorted(), self.sequence)
    }

    /// Documents that were not asked for changes for this long, the longest first.
    func due(after interval: Duration, atMost limit: Int) -> [XCAPDocumentReference] {
        let now = self.now()
        let due = self.watched.filter { now - $0.value.confirmed >= interval }
        return due.sorted { $0.value.confirmed < $1.value.confirmed }.prefix(limit).map(\.key)
    }
}
#endif
