// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct DialogTokenTests {
    @Test func readsWhatItWrites() {
        let token = DialogToken(.backendTag, node: 0xABCD, shard: 0xEF, slot: 0x1234_5678, nonce: 0x9ABC_DEF0_1234_5678)
        #expect(String(decoding: token.bytes, as: UTF8.self) == "rlsbabcdef123456789abcdef012345678")
        #expect(DialogToken(token.bytes[...]) == token)
        #expect(token.bytes.count <= 40)
    }

    @Test(arguments: [
        "", "rls77", "rlsbabcdef123456789abcdef01234567", "rlsbabcdef123456789abcdef0123456789",
        "RLSbabcdef123456789abcdef012345678", "rlsBabcdef123456789abcdef012345678",
        "rlsbabcdef123456789ABCDEF012345678", "rlszabcdef123456789abcdef012345678",
        "rlsbabcdeg123456789abcdef012345678",
    ])
    func doesNotTakeAnotherTagForOurs(text: String) {
        #expect(DialogToken(Array(text.utf8)[...]) == nil)
    }

    @Test func theSameSeedGivesTheSameNumbersAndAnotherSeedOthers() {
        var first = SeededRandom(seed: RLSSeed(1, 2, 3, 4))
        var second = SeededRandom(seed: RLSSeed(1, 2, 3, 4))
        var other = SeededRandom(seed: RLSSeed(1, 2, 3, 5))
        let numbers = (0..<100).map { _ in first.next() }
        let again = (0..<100).map { _ in second.next() }
        let others = (0..<100).map { _ in other.next() }
        #expect(numbers == again)
        #expect(numbers != others)
        #expect(Set(numbers).count == 100)
    }
}
