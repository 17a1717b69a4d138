// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ
internal import ResourceListServer
internal import SIPMessage

/// Noticing changes over one connection.
///
/// Not Sendable: it belongs to the thread of the connection.
final class XCAPWatchSession {
    private static let usersPerPoll = 500

    private let connection: PostgresConnection
    private let table: XCAPTable
    private let pollInterval: Duration
    private var hasTrigger = false
    private var nextPoll = ContinuousClock.now
    /// What the last poll found.
    private var versions: [XCAPDocumentKey: String] = [:]
    private var polled: Set<XCAPUserKey> = []

    init(_ connection: PostgresConnection, _ table: XCAPTable, _ pollInterval: Duration) {
        self.connection = connection
        self.table = table
        self.pollInterval = pollInterval
    }

    func begin() throws(PostgresError) {
        try self.connection.executeScript("LISTEN \(XCAPTrigger.channel)")
    }

    /// Waits for notifications for a moment, and polls when it is time to.
    func changes(of users: Set<XCAPUserKey>, within limit: Duration) throws(PostgresError) -> [RLSListChange] {
        var changes: [RLSListChange] = []
        if ContinuousClock.now >= self.nextPoll {
            self.nextPoll = ContinuousClock.now.advanced(by: self.pollInterval)
            self.hasTrigger = try XCAPTrigger.exists(on: self.table.name, self.connection)
            if !self.hasTrigger {
                changes += try self.poll(users)
            }
        }
        if changes.isEmpty {
            _ = self.connection.wait(forWriting: false, until: Deadline(in: limit))
        }
        guard PQconsumeInput(self.connection.handle) == 1 else { throw self.connection.lost() }
        while let notification = PQnotifies(self.connection.handle) {
            defer { PQfreemem(notification) }
            changes += Self.changes(payload: String(cString: notification.pointee.extra))
        }
        return changes
    }

    private func poll(_ users: Set<XCAPUserKey>) throws(PostgresError) -> [RLSListChange] {
        var found: [XCAPDocumentKey: String] = [:]
        let all = Array(users)
        for start in stride(from: 0, to: all.count, by: Self.usersPerPoll) {
            let part = Array(all[start..<min(start + Self.usersPerPoll, all.count)])
            found.merge(try self.table.versions(part, self.connection)) { $1 }
        }
        let changed = Set(found.keys).union(self.versions.keys).filter { self.versions[$0] != found[$0] }
        // A user that was not asked about before may have changed since its lists were made.
        let new = users.subtracting(self.polled)
        self.versions = found
        self.polled = users
        let documents = changed.isEmpty ? [] : [RLSListChange.documents(changed.flatMap(\.changeKeys))]
        let owners = new.union(changed.map { XCAPUserKey(username: $0.username, domain: $0.domain) })
        return documents + owners.compactMap { Self.owner($0) }
    }

    /// What a notification of the trigger says.
    static func changes(payload: String) -> [RLSListChange] {
        let parts = payload.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let type = Int64(parts[0]) else { return [.everything] }
        guard XCAPDocumentKey.DocumentType(rawValue: type) != nil else { return [] }
        let key = XCAPDocumentKey(type: type, username: parts[1], domain: parts[2], documentURI: parts[3])
        let documents = key.map { [RLSListChange.documents($0.changeKeys)] } ?? []
        return documents + [self.owner(XCAPUserKey(username: parts[1], domain: parts[2]))].compactMap(\.self)
    }

    /// The lists of a user; everything when it is the global tree.
    private static func owner(_ user: XCAPUserKey) -> RLSListChange? {
        guard !user.username.isEmpty || !user.domain.isEmpty else { return .everything }
        return (try? SIPURI("sip:\(user.username)@\(user.domain)")).map { .owner($0) }
    }
}
#endif
