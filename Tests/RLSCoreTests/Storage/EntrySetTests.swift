// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct EntrySetTests {
    @Test(arguments: [UInt64(20), 64, 65, 500])
    func agreesWithASet(entries: UInt64) {
        var random = SeededRandom(seed: RLSSeed(entries, 0, 0, 0))
        var entriesSeen = EntrySet()
        var model: Set<UInt32> = []
        for _ in 0..<2_000 {
            let entry = UInt32(random.next() % entries)
            if random.next() % 2 == 0 {
                entriesSeen.insert(entry)
                model.insert(entry)
            } else {
                entriesSeen.remove(entry)
                model.remove(entry)
            }
            var listed: [UInt32] = []
            entriesSeen.forEach { listed.append($0) }
            #expect(listed == model.sorted())
            #expect(entriesSeen.count == model.count)
            #expect(entriesSeen.isEmpty == model.isEmpty)
        }
    }
}
