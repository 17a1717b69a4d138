// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import Testing

@testable import RLSPostgres

/// The order in which the dialogs of a batch are written.
struct DialogOrderTests {
    /// Call-IDs whose first eight bytes are the same, as those of one phone may be.
    private static func key(_ number: Int) -> RLSDialogKey {
        RLSDialogKey(callID: "the same\(number)", watcherTag: "w", localTag: "l")
    }

    @Test func dialogThatComesAgainHasItsRank() {
        let order = DialogOrder(
            of: [
                .deleteState(Self.key(3), resourceURI: "a"), .deleteState(Self.key(3), resourceURI: "b"),
                .deleteDialog(Self.key(1)), .deleteDialog(Self.key(2)), .deleteState(Self.key(3), resourceURI: "c"),
                .deleteDialog(TestRecords.key(1)),
            ]
        )
        // "call-1" comes before "the same".
        #expect(order.ranks == [3, 3, 1, 2, 3, 0])
        #expect(DialogOrder(of: []).ranks == [])
    }

    @Test func tagsTellDialogsOfOneCallApart() {
        let keys = [("w", "m"), ("v", "n"), ("w", "l")].map { RLSDialogKey(callID: "c", watcherTag: $0, localTag: $1) }
        #expect(DialogOrder(of: keys.map { .deleteDialog($0) }).ranks == [2, 0, 1])
    }

    @Test(arguments: [
        ([1, 2], [3, 4], true), ([4, 1], [2, 3], true), ([4, 1, 4], [2, 4], false), ([], [1], true),
    ])
    func batchesOfTheSameDialogAreNotDisjoint(_ left: [Int], _ right: [Int], _ areDisjoint: Bool) {
        let orders = [left, right].map { numbers in DialogOrder(of: numbers.map { .deleteDialog(Self.key($0)) }) }
        #expect(orders[0].isDisjoint(with: orders[1]) == areDisjoint)
        #expect(orders[1].isDisjoint(with: orders[0]) == areDisjoint)
    }
}
#endif
