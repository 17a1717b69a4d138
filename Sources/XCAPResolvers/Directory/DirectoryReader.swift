// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import ResourceListServer
internal import XCAPDocuments

/// Reads documents from files, on a thread of its own, and remembers those in use.
actor DirectoryReader {
    /// A document that was read, with what the file looked like then.
    private struct Entry {
        var stamp: FileStamp
        var content: Result<XCAPDocument, RLSResolverError>
    }

    /// A document that a list was made from.
    private struct Watched {
        /// Where it may stand. Made once: files are looked at several times a second.
        var paths: [String]
        var stamp: FileStamp?
        /// Number of its last change.
        var changed = 0
        var asked: ContinuousClock.Instant
    }

    private let executor = BlockingExecutor(label: "rls.xcap.directory")
    private let directory: String
    private let options: XCAPOptions
    private var entries: [XCAPDocumentReference: Entry] = [:]
    private var entryBytes = 0
    private var watched: [String: Watched] = [:]
    /// When those that nobody asks for may be forgotten again, to make room.
    private var nextForgetting = ContinuousClock.now
    private var sequence = 0

    /// Parsed documents kept; when there are more, all are forgotten and read again as they are asked for.
    private static let maxEntries = 4_096
    private static let maxEntryBytes = 67_108_864
    /// Files looked at for changes.
    private static let maxWatched = 16_384
    /// How long a file is looked at after it was last asked for: longer than any list subscription lives unrefreshed.
    private static let watchTime = Duration.seconds(3 * 3_600)
    /// Looking for those takes milliseconds, and a server with more lists than ``maxWatched`` would do it for each SUBSCRIBE.
    private static let forgettingInterval = Duration.seconds(60)

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
        guard let file = Self.firstFile(of: self.paths(of: reference)) else { return try self.missing() }
        if let entry = self.entries[reference], entry.stamp == file.stamp {
            return try entry.content.get()
        }
        let limit = self.options.limits(of: reference.selector).maxBytes
        // One byte more than allowed: the parser then says that it is too large.
        guard let bytes = try File.contents(of: file.path, atMost: limit + 1, document: reference.key) else {
            return try self.missing()
        }
        let content = Result { () throws(RLSResolverError) in
            try XCAPDocument(parsing: bytes, from: reference, options: self.options)
        }
        self.keep(Entry(stamp: file.stamp, content: content), for: reference)
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
        let now = ContinuousClock.now
        if self.watched.count + keys.count > Self.maxWatched, now >= self.nextForgetting {
            self.nextForgetting = now.advanced(by: Self.forgettingInterval)
            self.watched = self.watched.filter { now - $0.value.asked < Self.watchTime }
        }
        for key in keys {
            if self.watched[key] != nil {
                self.watched[key]?.asked = now
            } else if self.watched.count < Self.maxWatched, let selector = try? XCAPDocumentSelector(path: key) {
                let reference = XCAPDocumentReference(selector)
                // As it was when the list was made: a change since then is not missed.
                let paths = self.paths(of: reference)
                let stamp = self.entries[reference].map(\.stamp) ?? Self.firstFile(of: paths)?.stamp
                self.watched[key] = Watched(paths: paths, stamp: stamp, asked: now)
            }
        }
    }

    /// The documents that changed after a point of the sequence; nil: from now on.
    ///
    /// - Returns: their keys, the point of the sequence that is now, and how many files were looked at.
    func changes(after sequence: Int?) -> (keys: [String], sequence: Int, looked: Int) {
        for (key, watched) in self.watched {
            let stamp = Self.firstFile(of: watched.paths)?.stamp
            if stamp != watched.stamp {
                self.sequence += 1
                self.watched[key]?.stamp = stamp
                self.watched[key]?.changed = self.sequence
            }
        }
        let begin = sequence ?? self.sequence
        let changed = self.watched.filter { $0.value.changed > begin }
        return (changed.map(\.key).sorted(), self.sequence, self.watched.count)
    }

    // MARK: Files

    private func paths(of reference: XCAPDocumentReference) -> [String] {
        DirectoryLayout.paths(of: reference.selector).map { "\(self.directory)/\($0)" }
    }

    private static func firstFile(of paths: [String]) -> (path: String, stamp: FileStamp)? {
        for path in paths {
            if let stamp = FileStamp(path: path) {
                return (path, stamp)
            }
        }
        return nil
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
