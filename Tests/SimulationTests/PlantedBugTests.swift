// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import Simulation

/// The world is worth as much as the mistakes that it notices.
@Suite("Planted bugs")
struct PlantedBugTests {
    @Test("are noticed", arguments: PlantedBug.allCases)
    func noticed(_ bug: PlantedBug) {
        let seeds = UInt64(1)...5
        let failures = seeds.lazy.compactMap { SimulatedRun.run(seed: $0, settings: bug.settings).failure }
        #expect(failures.first != nil, "\(bug) goes unnoticed")
    }
}
