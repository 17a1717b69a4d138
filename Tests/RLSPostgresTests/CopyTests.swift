// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import Testing

@testable import RLSPostgres

/// Many new rows at once are written with COPY, and everything that a batch promises holds for them, too.
@Suite(.enabled(if: TestCluster.isRequired), .timeLimit(.minutes(1)))
struct CopyTests {
    private static let count = BatchWriter.leastCopied + 10

    @Test(arguments: TestLayout.allCases)
    func everyLayoutIsCopiedInto(_ layout: TestLayout) async throws {
        let database = try TestDatabase()
        let store = try await database.store(layout)
        let tables = try store.currentTables(try database.connection())
        #expect(tables.dialogs.copy != nil)
        #expect(tables.states.copy != nil)
        #expect(try await store.commit(Self.changes()) == [])
        let content = try await store.content()
        #expect(content.dialogs.count == Self.count)
        #expect(content.states.allSatisfy { $0.body == Array("a\0b\\c".utf8) })
        #expect(try database.number("SELECT count(*) FROM rls_presentity WHERE updated = -1") == Int64(Self.count))
    }

    @Test func newRowsThatExistAllTheSameAreOverwritten() async throws {
        let store = try await TestDatabase().store()
        _ = try await store.commit([.putDialog(TestRecords.dialog(7), known: false)])
        #expect(try await store.commit(Self.changes(cSeq: 900)) == [])
        #expect(try await store.content().dialogs.map(\.localCSeq) == Array(repeating: 900, count: Self.count))
    }

    @Test func rowThatAConstraintRefusesIsFoundAmongManyNewOnes() async throws {
        let database = try TestDatabase()
        let store = try await database.store()
        try database.sql("ALTER TABLE rls_presentity ADD CHECK (rlsubs_did <> 'call-7;w7;l7')")
        let changes = Self.changes()
        let rejections = try await store.commit(changes)
        #expect(rejections.map { changes[$0.index].dialog } == [TestRecords.key(7)])
        #expect(try await store.content().states.count == Self.count - 1)
    }

    private static func changes(cSeq: UInt32 = 300) -> [RLSRecordChange] {
        (0..<Self.count).flatMap { number -> [RLSRecordChange] in
            [
                .putDialog(TestRecords.dialog(number) { $0.localCSeq = cSeq }, known: false),
                .putState(TestRecords.state(number, "sip:bob@example.org", body: "a\0b\\c"), known: false),
            ]
        }
    }
}
#endif
