// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer

extension RLSStoreSuite {
    static let randomChecks: [Check] = (1...3).map { seed in
        Check("random batches leave what a model says (seed \(seed))") { store in
            var random = SplitMix(seed: UInt64(seed))
            var model = StoreContent([])
            for round in 0..<40 {
                let batch = Self.randomBatch(&random, model)
                try await Self.write(batch, to: store)
                for change in batch {
                    model.apply(change)
                }
                if round % 8 == 7 {
                    try await Self.requireContent(model.deliverable, of: store, "after batch \(round):")
                }
            }
        }
    }

    /// A batch as the contract allows it: one change for a key, or a deletion and then a put.
    private static func randomBatch(_ random: inout SplitMix, _ model: StoreContent) -> [RLSRecordChange] {
        var batch: [RLSRecordChange] = []
        for number in 0..<6 {
            var isDeleted = false
            if random.chance(of: 4) {
                batch.append(.deleteDialog(StoreSamples.key(number)))
                isDeleted = true
            }
            if isDeleted ? random.chance(of: 2) : random.chance(of: 2) {
                var dialog = StoreSamples.dialog(number)
                dialog.remoteCSeq = UInt32(random.next() % 1_000_000)
                dialog.contact = "sip:alice@192.0.2.\(random.next() % 250)"
                // Wrong about half of the time it says so, which a store has to bear.
                let isThere = !isDeleted && model.dialogs[dialog.key] != nil
                batch.append(.putDialog(dialog, known: random.chance(of: 4) ? !isThere : isThere))
            } else if isDeleted {
                continue
            }
            for resource in 0..<4 where random.chance(of: 2) {
                let uri = "sip:\(resource)@example.org"
                if !isDeleted, random.chance(of: 4) {
                    batch.append(.deleteState(StoreSamples.key(number), resourceURI: uri))
                    if random.chance(of: 2) { continue }
                }
                let state = StoreSamples.state(number, uri, body: "\(random.next())")
                batch.append(.putState(state, known: random.chance(of: 2)))
            }
        }
        return batch
    }
}

/// SplitMix64: the same numbers everywhere for the same seed.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// True once in `many` times.
    mutating func chance(of many: UInt64) -> Bool {
        self.next() % many == 0
    }
}
