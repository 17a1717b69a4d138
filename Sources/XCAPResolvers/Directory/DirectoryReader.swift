// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import ResourceListServer
internal import XCAPDocuments

/// Reads documents from files, on a thread of its own, and remembers those in use.
actor DirectoryReader {
    /// A document that was read, with what the file looked like then.
    private struct Entry {
        /// Where it may stand.
        var paths: [String]
        var stamp: FileStamp
        var content: Result<XCAPDocument, RLSResolverError>
    }

    private let executor = BlockingExecutor(label: "rls.xcap.directory")
    private let directory: String
    private let options: XCAPOptions
    private var entries: [XCAPDocumentReference: Entry] = [:]
    private var entryBytes = 0
    private var watched = WatchedFiles()

    /// Parsed documents kept; when there are more, all are forgotten and read again as they are asked for.
    private static let maxEntries = 4_096
    private static let maxEntryBytes = 67_108_864
    /// Files looked at before others who want to read have their turn: a few milliseconds.
    private static let bite = 256

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        self.executor.asUnownedSerialExecutor()
    }

    init(directory: String, options: XCAPOptions) {
        var path = Substring(directory)
        while path.utf8.count > 1, path.hasSuffix("/") {
            path.removeLast()
        }
        self.directory = String(path)
        self.options = options
    }

    /// A document, or nil when there is no such file.
    func document(_ reference: XCAPDocumentReference) throws(RLSResolverError) -> XCAPDocument? {
        let known = self.entries[reference]
        let paths = known?.paths ?? self.paths(of: reference)
        guard let file = FileStamp.first(of: paths) else { return try self.missing() }
        if let known, known.stamp == file.stamp {
            return try known.content.get()
        }
        let limit = self.options.limits(of: reference.selector).maxBytes
        // One byte more than allowed: the parser then says that it is too large.
        guard let bytes = try File.contents(of: file.path, atMost: limit + 1, document: reference.key) else {
            return try self.missing()
        }
        let content = Result { () throws(RLSResolverError) in
            try XCAPDocument(parsing: bytes, from: reference, options: self.options)
        }
        self.keep(Entry(paths: paths, stamp: file.stamp, content: content), for: reference)
        return try content.get()
    }

    /// A tree that is not there (not mounted, renamed) does not say that there are no lists.
    private func missing() throws(RLSResolverError) -> XCAPDocument? {
        guard FileStamp(path: self.directory) != nil else {
            throw RLSResolverError(.unavailable, document: self.directory, message: "no such directory")
        }
        return nil
    }

    // MARK: Changes

    /// Looks at these documents from now on.
    func watch(_ keys: [String]) {
        self.watched.use(keys) { key in
            guard let selector = try? XCAPDocumentSelector(path: key) else { return nil }
            let reference = XCAPDocumentReference(selector)
            guard let entry = self.entries[reference] else {
                let paths = self.paths(of: reference)
                return (paths, FileStamp.first(of: paths)?.stamp)
            }
            return (entry.paths, entry.stamp)
        }
    }

    /// Looks at the next ``bite`` of documents, and says which have changed after a point of the sequence; nil: from now on.
    ///
    /// - Returns: their keys, the point of the sequence that is now, how many files were looked at, and of how many.
    func changes(after sequence: Int?) -> (keys: [String], sequence: Int, looked: Int, count: Int) {
        let looked = self.watched.look(atMost: Self.bite)
        let keys = self.watched.changes(after: sequence ?? self.watched.sequence)
        return (keys, self.watched.sequence, looked, self.watched.count)
    }

    // MARK: Documents

    private func paths(of reference: XCAPDocumentReference) -> [String] {
        DirectoryLayout.paths(of: reference.selector, below: self.directory)
    }

    private func keep(_ entry: Entry, for reference: XCAPDocumentReference) {
        if self.entries.count >= Self.maxEntries || self.entryBytes >= Self.maxEntryBytes {
            self.entries.removeAll()
            self.entryBytes = 0
        }
        self.entries[reference] = entry
        if case .success(let document) = entry.content {
            self.entryBytes += document.byteCount
        }
    }
}
