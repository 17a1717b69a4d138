// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// FNV-1a: the same in every process. It only spreads; whoever chooses the bytes can choose the result.
struct StableHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            self.value = (self.value ^ UInt64(byte)) &* 0x100_0000_01B3
        }
    }
}
