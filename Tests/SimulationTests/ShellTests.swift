// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import Simulation

/// The same worlds around `RLSServer` itself: its locks, awaits and the sequence of its actions.
@Suite("Simulation of the real shell")
struct ShellTests {
    @Test("with faults of every kind", arguments: 1...24)
    func faulty(_ seed: UInt64) {
        SimulationTests.check(seed, .shell(seed))
    }

    @Test("one seed gives one run")
    func deterministic() {
        let runs = (0..<2).map { _ -> [String] in
            let world = SimulatedWorld(seed: 4712, settings: .shell(4712))
            world.isTracing = true
            _ = SimulatedRun.run(world)
            return world.trace
        }
        #expect(!runs[0].isEmpty)
        #expect(runs[0] == runs[1])
    }

    @Test("planted bugs are noticed here, too", arguments: [PlantedBug.updateLost, .numbersGoBack, .dialogNotStored])
    func noticed(_ bug: PlantedBug) {
        var settings = bug.settings
        settings.usesShell = true
        let failures = (UInt64(1)...5).lazy.compactMap { SimulatedRun.run(seed: $0, settings: settings).failure }
        #expect(failures.first != nil, "\(bug) goes unnoticed")
    }
}
