// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct ByteTableTests {
    @Test(arguments: [false, true])
    func storesEqualBytesOnceAndForgetsThemWithTheLastReference(keepsHashes: Bool) {
        var table = ByteTable(seed: 1, keepsHashes: keepsHashes)
        let first = table.intern("open")
        let second = table.intern("open")
        #expect(first == second)
        #expect(table.count == 1)
        table.release(first)
        #expect(table[second] == Array("open".utf8))
        table.release(second)
        #expect(table.count == 0)
        #expect(table.byteCount == 0)
    }

    @Test func emptyBytesAreNone() {
        var table = ByteTable(seed: 1)
        #expect(table.intern("") == .none)
        table.release(.none)
        table.retain(.none)
        #expect(table[.none] == [])
    }

    /// A model beside the table.
    @Test(arguments: [UInt64(1), 2, 3], [false, true])
    func agreesWithADictionary(seed: UInt64, keepsHashes: Bool) {
        var random = SeededRandom(seed: RLSSeed(seed, 1, 1, 1))
        var table = ByteTable(seed: seed, keepsHashes: keepsHashes)
        var held: [ByteHandle: (bytes: [UInt8], references: Int)] = [:]
        for _ in 0..<10_000 {
            if random.next() % 3 != 0 || held.isEmpty {
                let bytes = Array("body \(random.next() % 500)".utf8)
                let handle = table.intern(bytes)
                #expect(held[handle]?.bytes ?? bytes == bytes)
                held[handle, default: (bytes, 0)].references += 1
            } else if let handle = held.keys.randomElement(using: &random) {
                table.release(handle)
                held[handle]?.references -= 1
                if held[handle]?.references == 0 {
                    held[handle] = nil
                }
            }
        }
        #expect(table.count == held.count)
        for (handle, value) in held {
            #expect(table[handle] == value.bytes)
        }
        #expect(table.byteCount == held.values.reduce(0) { $0 + $1.bytes.count })
    }
}
