// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if SQLite
import Foundation
import RLSCore
import RLSTestKit
import Testing

@testable import RLSSQLite

@Suite
struct SQLiteStoreTests {
    private let folder: URL

    init() throws {
        self.folder = FileManager.default.temporaryDirectory.appending(component: "rls-sqlite-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    }

    private var path: String { self.folder.appending(component: "rls.db").path }

    private func cleanUp() { try? FileManager.default.removeItem(at: self.folder) }

    @Test(arguments: RLSStoreSuite.checks)
    func keepsTheContract(_ check: RLSStoreSuite.Check) async throws {
        defer { self.cleanUp() }
        try await check.run(try SQLiteStore(path: self.path))
    }

    @Test func fileIsReadableForItsOwnerOnlyAndTheFilesBesideItToo() async throws {
        defer { self.cleanUp() }
        let store = try SQLiteStore(path: self.path)
        _ = try await store.commit([.deleteDialog(RLSDialogKey(callID: "a", watcherTag: "b", localTag: "c"))])
        let files = try FileManager.default.contentsOfDirectory(atPath: self.folder.path)
        #expect(files.contains("rls.db") && files.contains("rls.db-wal"))
        for file in files {
            let path = self.folder.appending(component: file).path
            let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(permissions == 0o600, "\(file)")
        }
    }

    @Test func recordsAreThereWhenTheFileIsOpenedAgain() async throws {
        defer { self.cleanUp() }
        let check = try #require(RLSStoreSuite.checks.first { $0.description == "a list dialog comes back as it was" })
        try await check.run(try SQLiteStore(path: self.path))
        let records = Records()
        try await SQLiteStore(path: self.path).load { page in records.append(page) }
        #expect(records.count == 1)
    }

    @Test func missingFolderIsSaidClearly() {
        defer { self.cleanUp() }
        let path = self.folder.path + "/nowhere/rls.db"
        let error = #expect(throws: SQLiteStoreError.self) { try SQLiteStore(path: path) }
        #expect(error?.code == .cannotOpen)
        #expect(error?.description == "cannotOpen: \(path): No such file or directory")
    }

    @Test func fileThatIsNoDatabaseIsSaidClearly() throws {
        defer { self.cleanUp() }
        try Data("this is not a database, but it is long enough".utf8).write(to: URL(fileURLWithPath: self.path))
        let error = #expect(throws: SQLiteStoreError.self) { try SQLiteStore(path: self.path) }
        #expect(error?.code == .cannotOpen)
    }

    @Test func textWithNULIsRefusedAndTheOthersAreWritten() async throws {
        defer { self.cleanUp() }
        let store = try SQLiteStore(path: self.path)
        let key = RLSDialogKey(callID: "a", watcherTag: "b", localTag: "c")
        let states = ["sip:a\0b@example.org", "sip:bob@example.org"].map { uri in
            RLSRecordChange.putState(
                RLSStoredState(dialog: key, resourceURI: uri, contentType: "", body: [], state: .active, expires: 1),
                known: false
            )
        }
        #expect(
            try await store.commit(states)
                == [RLSRejection(index: 0, reason: "rls_presentity cannot hold a NUL in a text")]
        )
    }
}

/// Counts what a load delivers.
private final class Records: @unchecked Sendable {
    private let lock = NSLock()
    private var records: [RLSStoredRecord] = []

    func append(_ page: [RLSStoredRecord]) {
        self.lock.withLock { self.records += page }
    }

    var count: Int { self.lock.withLock { self.records.count } }
}
#endif
