// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSProxy

@Suite("Branch")
struct BranchTests {
    @Test("R3261-60: what is written is read back", arguments: [nil, 0, 0xdead_beef] as [UInt32?])
    func roundTrip(loopHash: UInt32?) throws {
        let branch = Branch.next(loopHash: loopHash)
        var text: [UInt8] = []
        branch.write(into: &text)
        #expect(Branch(text) == branch)
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("z9hG4bK"))
    }

    @Test(
        "a branch of somebody else is not ours",
        arguments: [
            "", "z9hG4bK", "z9hG4bK1234", "z9hG4bK0123456789abcdeF", "z9hG4bK0123456789abcdef1",
            "z9hG4bK0123456789abcdef.", "z9hG4bK0123456789abcdef.0123456", "z9hG4bK0123456789abcdef.012345678",
            "Z9hG4bK0123456789abcdef", "0123456789abcdef",
        ]
    )
    func foreign(text: String) {
        #expect(Branch(text.utf8) == nil)
    }

    @Test("R3261-60: every request gets a branch of its own")
    func unique() {
        let ids = (0..<10_000).map { _ in Branch.next().id }
        #expect(Set(ids).count == ids.count)
    }
}
