// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
public import RLSCore
internal import ResourceListServer
internal import Synchronization

extension PostgresStore {
    /// Rows fetched at once; a state may be as large as a SIP message.
    static let dialogPage = 1_000
    static let statePage = 500
    /// Reading may have to wait for a busy disk.
    static let loadTimeout = Duration.seconds(120)

    /// Delivers all records that have not expired, page by page; see ``RLSStore/load(_:)``.
    ///
    /// `take` is called on a thread of the store. Rows that cannot be understood, and dialogs whose identity the table
    /// could not hold, are left out.
    public func load(_ take: @escaping @Sendable ([RLSStoredRecord]) throws -> Void) async throws {
        let cancellation = Cancellation()
        try await withTaskCancellationHandler {
            // Once a page has been delivered it must not be delivered again.
            try await self.run(isRepeatable: { !cancellation.hasDelivered }) { connection, store in
                let tables = try store.currentTables(connection, isFresh: true)
                let now = store.epochSeconds()
                try connection.withTimeout(Self.loadTimeout) {
                    // One snapshot for both tables. They are joined here: the server might hash the larger one, and write
                    // all of it to temporary files first.
                    try connection.executeScript(
                        """
                        BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
                        SET LOCAL statement_timeout = \(Self.loadTimeout.components.seconds * 1_000);
                        SET LOCAL cursor_tuple_fraction = 1
                        """
                    )
                    let layout = tables.dialogLayout
                    var living: [String: RLSDialogKey] = [:]
                    try connection.forEachPage(of: tables.selectDialogs(now: now), rows: Self.dialogPage) { page in
                        try cancellation.checkBeforeDelivery()
                        let dialogs = (0..<page.rowCount).compactMap {
                            DialogColumn.row(page, $0).dialog(layout: layout)
                        }
                        for dialog in dialogs {
                            living[dialog.key.did] = dialog.key
                        }
                        try take(dialogs.map { .dialog($0) })
                    }
                    try connection.forEachPage(of: tables.selectStates, rows: Self.statePage) { page in
                        try cancellation.checkBeforeDelivery()
                        let states = (0..<page.rowCount).compactMap { StateColumn.state(page, $0, of: living) }
                        if !states.isEmpty {
                            try take(states.map { .state($0) })
                        }
                    }
                    try connection.executeScript("COMMIT")
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }
}

extension PostgresConnection {
    /// Runs a query through a cursor, so that neither side holds more than two pages: while one is taken, the server
    /// gathers the next.
    fileprivate func forEachPage(of query: String, rows: Int, _ take: (PostgresResult) throws -> Void) throws {
        try self.execute("DECLARE rls_rows NO SCROLL CURSOR FOR \(query)")
        let fetch = "FETCH FORWARD \(rows) FROM rls_rows"
        var page = try self.execute(fetch)
        while page.rowCount > 0 {
            let isLast = page.rowCount < rows
            if !isLast {
                try self.begin(fetch)
            }
            do {
                try take(page)
            } catch {
                // The connection is of use again when nothing is under way on it.
                if !isLast {
                    _ = try? self.result()
                }
                throw error
            }
            if isLast { break }
            page = try self.result()
        }
        try self.executeScript("CLOSE rls_rows")
    }
}

/// Tells a thread of our own that the task it works for was cancelled, and whether it has delivered anything.
private final class Cancellation: Sendable {
    private let isCancelled = Atomic(false)
    private let isDelivering = Atomic(false)

    var hasDelivered: Bool { self.isDelivering.load(ordering: .relaxed) }

    func cancel() {
        self.isCancelled.store(true, ordering: .relaxed)
    }

    func checkBeforeDelivery() throws(CancellationError) {
        if self.isCancelled.load(ordering: .relaxed) { throw CancellationError() }
        self.isDelivering.store(true, ordering: .relaxed)
    }
}
#endif
