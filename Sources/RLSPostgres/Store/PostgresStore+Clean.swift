// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
extension PostgresStore {
    /// Rows removed, or looked at, with one statement.
    static let dialogBite = 200
    static let stateBite = 5_000
    /// States looked at in one call; the next call goes on from there.
    static let stateBites = 40

    /// Removes expired dialogs with their states, and a part of the states whose dialog is gone.
    ///
    /// Each bite is a transaction of its own, and between bites others get their turn.
    public func clean() async throws {
        let now = self.epochSeconds()
        var removed = Self.dialogBite
        while removed >= Self.dialogBite {
            removed = try await self.run { connection, store in
                let statement = try store.currentTables(connection).cleanDialogs
                let result = try connection.execute(statement, [.integer(now), .integer(Int64(Self.dialogBite))])
                return Int(result.integer(0, 0))
            }
            try Task.checkCancellation()
        }
        for _ in 0..<Self.stateBites {
            let last = self.cleaning.lastID
            let next = try await self.run { connection, store in
                let statement = try store.currentTables(connection).cleanStates
                let result = try connection.execute(
                    statement,
                    [.integer(last), .integer(Int64(Self.stateBite)), .integer(now)]
                )
                return result.isNull(0, 0) ? nil : result.integer(0, 0)
            }
            self.cleaning.lastID = next ?? 0
            guard next != nil else { return }
            try Task.checkCancellation()
        }
    }
}

/// How far the search for states without dialog has come.
final class CleaningPosition: Sendable {
    private let position = Monitor<Int64>(0)

    var lastID: Int64 {
        get { self.position.withLock { $0 } }
        set { self.position.withLock { $0 = newValue } }
    }
}
#endif
