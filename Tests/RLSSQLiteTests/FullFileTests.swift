// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if SQLite
import Foundation
import GRDB
import StoreScenes
import Testing

@testable import RLSSQLite

/// The file cannot grow: SUBSCRIBEs get 503 with Retry-After, established lists go on, and all that waited is written when
/// there is room again.
@Suite(.timeLimit(.minutes(1)))
struct FullFileTests {
    @Test func fileThatCannotGrowIsOutlived() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: "rls-full-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try SQLiteStore(path: folder.appending(component: "rls.db").path)
        let outage = try await StoreOutage.play(
            on: store,
            saying: "SQLite error 13",
            break: { try store.database.writeWithoutTransaction(Self.fill) },
            mend: {
                try store.database.writeWithoutTransaction { database in
                    try database.execute(sql: "PRAGMA max_page_count = 1073741823")
                }
            }
        )
        #expect(outage == .outlived)
    }

    /// Lets the file grow no more, and takes what room is left in its pages.
    private static func fill(_ database: Database) throws {
        let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        try database.execute(sql: "PRAGMA max_page_count = \(pages)")
        for table in ["rls_watchers", "rls_presentity"] {
            let columns = try database.columns(in: table).filter { $0.name != "id" }
            let names = columns.map(\.name).joined(separator: ", ")
            let values = columns.map { $0.type.uppercased().contains("INT") ? "0" : "''" }
            for number in 1... {
                // A key of its own for each.
                let row = zip(columns, values).map { column, value in
                    ["callid", "rlsubs_did"].contains(column.name) ? "'f\(number)'" : value
                }
                do {
                    try database.execute(
                        sql: "INSERT INTO \(table) (\(names)) VALUES (\(row.joined(separator: ", ")))"
                    )
                } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
                    break
                }
            }
        }
    }
}
#endif
