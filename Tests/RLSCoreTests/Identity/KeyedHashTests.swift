// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct KeyedHashTests {
    private static let hash = KeyedHash(key: (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908))

    /// The test vectors of the algorithm's authors: bytes 0, 1, 2 … under the key 00 01 … 0f.
    @Test(arguments: [
        (0, UInt64(0x726F_DB47_DD0E_0E31)), (1, 0x74F8_39C5_93DC_67FD), (7, 0xAB02_00F5_8B01_D137),
        (8, 0x93F5_F579_9A93_2462), (15, 0xA129_CA61_49BE_45E5),
    ])
    func agreesWithTheTestVectors(count: Int, expected: UInt64) {
        #expect(Self.hash((0..<count).map { UInt8($0) }) == expected)
    }

    @Test func aNumberIsItsEightBytes() {
        #expect(Self.hash(0x0706_0504_0302_0100) == 0x93F5_F579_9A93_2462)
    }
}
