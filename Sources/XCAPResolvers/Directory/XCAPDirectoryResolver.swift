// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import ResourceListServer
public import XCAPDocuments

/// Lists from a directory laid out like an XCAP tree:
///
///     rls-services/users/sip:alice@example.org/index
///     rls-services/global/index
///     resource-lists/users/sip:alice@example.org/index
///
/// A user's folder has the address of record as its name (user part as written, host in lower case), with or without
/// `sip:`, plain or percent-encoded. Files are read when they are asked for and kept, parsed, as long as they do not change.
/// File access is off Swift's shared threads.
public struct XCAPDirectoryResolver: RLSListResolver {
    private let reader: DirectoryReader
    private let lookup: XCAPListLookup
    private let pollInterval: Duration

    /// Creates a resolver.
    ///
    /// - Parameters:
    ///   - directory: path of the directory. When it does not exist, lists are `unavailable`, never "not a list".
    ///   - roots: the URLs under which `resource-list` and `external` name this tree. Empty: the host in a reference does
    ///     not matter.
    ///   - options: how documents are read.
    ///   - pollInterval: how often ``makeChanges()`` looks at the files in use. Default 250 ms; with more than 500 files
    ///     0.5 ms for each. Changes of more than 16,384 files are noticed only when their lists are refreshed.
    public init(
        directory: String,
        roots: [XCAPRoot] = [],
        options: XCAPOptions = XCAPOptions(),
        pollInterval: Duration = .milliseconds(250)
    ) {
        let reader = DirectoryReader(directory: directory, options: options)
        self.reader = reader
        self.pollInterval = pollInterval
        self.lookup = XCAPListLookup(
            rules: .oneTree(knownAs: roots),
            options: options
        ) { (reference) async throws(RLSResolverError) in
            try await reader.document(reference)
        }
    }

    /// Looks in the watcher's own rls-services document, then in the global one.
    public func findService(_ query: RLSListQuery) async throws(RLSResolverError) -> RLSListService? {
        try await self.lookup.findService(query.uri, watcher: query.watcher)
    }

    /// Flattens the list of a service.
    public func resolve(
        _ service: RLSListService,
        known: RLSListVersion?
    ) async throws(RLSResolverError) -> RLSResolution {
        let resolution = try await self.lookup.resolve(service, known: known)
        switch resolution {
        case .list(let list): await self.reader.watch(list.sources.map(\.key))
        case .unchanged: await self.reader.watch(known?.sources.map(\.key) ?? [])
        case .gone: break
        }
        return resolution
    }

    /// Tells which of the files that lists were made from have changed, appeared or vanished.
    public func makeChanges() -> AsyncStream<RLSListChange> {
        let watch = DirectoryWatch(self.reader, every: self.pollInterval)
        return AsyncStream { await watch.next() }
    }
}
