// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if SQLite
internal import GRDB
public import RLSCore
public import ResourceListServer

/// A store in a file, for one machine without a database server: the documented tables `rls_watchers` and
/// `rls_presentity` in SQLite.
///
/// One process at a time may use the file. A commit is on the disk when it returns.
public final class SQLiteStore: RLSStore {
    private let path: String
    let database: DatabasePool
    private let epochSeconds: @Sendable () -> Int64

    /// Opens the file, and creates it and its tables when they are missing; readable for its owner only.
    ///
    /// - Parameters:
    ///   - path: the file; its folder has to exist. Two more files will be beside it, with `-wal` and `-shm` in their names.
    ///   - epochSeconds: the clock that says what has expired.
    /// - Throws: `cannotOpen` or `newerVersion`.
    public init(
        path: String,
        epochSeconds: @escaping @Sendable () -> Int64 = RLSEnvironment.system.epochSeconds
    ) throws(SQLiteStoreError) {
        self.path = path
        self.epochSeconds = epochSeconds
        try SQLiteFile.prepare(path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "resource-list-server"
        let version: Int
        do {
            self.database = try DatabasePool(path: path, configuration: configuration)
            version = try self.database.writeWithoutTransaction { database in
                // GRDB sets NORMAL when it opens the file, with which a power failure loses the last commits.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                if version <= SQLiteTables.version {
                    try database.inTransaction {
                        try SQLiteTables.create(database)
                        return .commit
                    }
                }
                return version
            }
        } catch {
            throw SQLiteStoreError(.cannotOpen, path: path, error)
        }
        guard version <= SQLiteTables.version else {
            throw SQLiteStoreError(.newerVersion, path: path, message: "version \(version) of the tables")
        }
    }

    /// Writes a batch in one transaction; see ``RLSStore/commit(_:)``.
    ///
    /// - Throws: `failed`, or CancellationError; then nothing was written.
    public func commit(_ batch: [RLSRecordChange]) async throws -> [RLSRejection] {
        guard !batch.isEmpty else { return [] }
        return try await self.failing {
            try await self.database.write { database in
                var rejections: [RLSRejection] = []
                for (index, change) in batch.enumerated() {
                    if let reason = try Self.write(change, database) {
                        rejections.append(RLSRejection(index: index, reason: reason))
                    }
                }
                return rejections
            }
        }
    }

    /// Delivers all records that have not expired, page by page; see ``RLSStore/load(_:)``.
    public func load(_ take: @escaping @Sendable ([RLSStoredRecord]) throws -> Void) async throws {
        let now = self.epochSeconds()
        try await self.failing {
            // One snapshot for both tables.
            try await self.database.read { database in
                var pages = Pages(take)
                let dialogs = try Row.fetchCursor(database, sql: SQLiteTables.selectDialogs, arguments: [now])
                while let row = try dialogs.next() {
                    if let dialog = RLSDialogRow(row).dialog(layout: SQLiteTables.layout) {
                        try pages.append(.dialog(dialog))
                    }
                }
                let states = try Row.fetchCursor(database, sql: SQLiteTables.selectStates, arguments: [now])
                while let row = try states.next() {
                    if let state = RLSStoredState(row) {
                        try pages.append(.state(state))
                    }
                }
                try pages.finish()
            }
        }
    }

    /// Removes expired dialogs with their states; each bite is a transaction of its own.
    public func clean() async throws {
        let now = self.epochSeconds()
        let bite = 200
        var removed = bite
        while removed == bite {
            removed = try await self.failing {
                try await self.database.write { database in
                    let expired = try Row.fetchAll(database, sql: SQLiteTables.selectExpired, arguments: [now, bite])
                    for row in expired {
                        let key = RLSDialogKey(
                            callID: row.text("callid"),
                            watcherTag: row.text("from_tag"),
                            localTag: row.text("to_tag")
                        )
                        try Self.delete(key, database)
                    }
                    return expired.count
                }
            }
        }
    }

    /// - Returns: why the change cannot be written, when it cannot.
    private static func write(_ change: RLSRecordChange, _ database: Database) throws -> String? {
        do {
            switch change {
            case .putDialog(let dialog, known: _):
                let row = RLSDialogRow(dialog, layout: SQLiteTables.layout)
                guard !row.texts.contains(where: Self.hasNUL) else { return "rls_watchers cannot hold a NUL in a text" }
                try database.cachedStatement(sql: SQLiteTables.putDialog).execute(arguments: row.arguments)
            case .putState(let state, known: _):
                guard !state.texts.contains(where: Self.hasNUL) else {
                    return "rls_presentity cannot hold a NUL in a text"
                }
                try database.cachedStatement(sql: SQLiteTables.putState).execute(arguments: state.arguments)
            case .deleteDialog(let key):
                try Self.delete(key, database)
            case .deleteState(let key, let uri):
                try database.cachedStatement(sql: SQLiteTables.deleteState).execute(arguments: [key.did, uri])
            }
            return nil
        } catch let error as DatabaseError where Self.isAboutRow(error) {
            return "SQLite error \(error.extendedResultCode.rawValue)"
        }
    }

    private static func delete(_ key: RLSDialogKey, _ database: Database) throws {
        try database.cachedStatement(sql: SQLiteTables.deleteStates).execute(arguments: [key.did])
        try database.cachedStatement(sql: SQLiteTables.deleteDialog)
            .execute(arguments: [key.callID, key.localTag, key.watcherTag])
    }

    private static func hasNUL(_ text: String) -> Bool { text.utf8.contains(0) }

    /// A constraint or size limit refused the row; SQLite has undone that statement only.
    private static func isAboutRow(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_CONSTRAINT || error.resultCode == .SQLITE_TOOBIG
    }

    private func failing<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as DatabaseError {
            throw SQLiteStoreError(.failed, path: self.path, error)
        }
    }
}

/// Records on their way to who loads them.
private struct Pages {
    private static let size = 500
    private let take: @Sendable ([RLSStoredRecord]) throws -> Void
    private var page: [RLSStoredRecord] = []

    init(_ take: @escaping @Sendable ([RLSStoredRecord]) throws -> Void) {
        self.take = take
    }

    mutating func append(_ record: RLSStoredRecord) throws {
        self.page.append(record)
        if self.page.count >= Self.size {
            try self.finish()
        }
    }

    mutating func finish() throws {
        guard !self.page.isEmpty else { return }
        defer { self.page = [] }
        try self.take(self.page)
    }
}
#endif
