// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import RLSCore
import RLSTestKit
import Testing

@Suite("Simulation of the whole")
struct SimulationTests {
    /// One run: change and break things for a while, heal, compare with the truth, let everybody leave.
    ///
    /// - Returns: messages sent, and what went wrong.
    static func run(_ world: SimulatedWorld, hours: Double = 1) -> (messages: Int, failure: SimulatedWorld.Failure?) {
        do throws(SimulatedWorld.Failure) {
            try world.run(for: .seconds(Int64(hours * 3600)))
            world.heal()
            // Longer than every grant, back-off and refresh.
            try world.run(for: .seconds(4500))
            world.checkViews()
            if let failure = world.failure { throw failure }
            world.leave()
            try world.run(for: .seconds(45))
            world.checkEmpty()
            if let failure = world.failure { throw failure }
            return (world.network.messageCount, nil)
        } catch {
            return (world.network.messageCount, error)
        }
    }

    /// The run again with fewer and fewer changes and faults, while it still fails.
    static func shrink(seed: UInt64, settings: SimulatedWorld.Settings, actions: Int) -> (Int, SimulatedWorld) {
        var low = 0
        var high = actions
        while low < high {
            let middle = (low + high) / 2
            var limited = settings
            limited.actionLimit = middle
            if Self.run(SimulatedWorld(seed: seed, settings: limited)).failure != nil {
                high = middle
            } else {
                low = middle + 1
            }
        }
        var limited = settings
        limited.actionLimit = high
        let world = SimulatedWorld(seed: seed, settings: limited)
        world.isTracing = true
        _ = Self.run(world)
        return (high, world)
    }

    static func check(_ seed: UInt64, _ settings: SimulatedWorld.Settings = .init()) {
        let world = SimulatedWorld(seed: seed, settings: settings)
        guard let failure = Self.run(world).failure else { return }
        let (actions, shortest) = Self.shrink(seed: seed, settings: settings, actions: world.actionCount)
        Issue.record(
            """
            seed \(seed): \(failure)
            shortest prefix that fails: \(actions) changes and faults: \(shortest.failure.map { "\($0)" } ?? "passes")
            \(shortest.trace.suffix(60).joined(separator: "\n"))
            """
        )
    }

    @Test("without faults, views follow the truth", arguments: 1...3)
    func quiet(_ seed: UInt64) {
        var settings = SimulatedWorld.Settings()
        settings.hasFaults = false
        Self.check(seed, settings)
    }

    @Test("with faults of every kind", arguments: 100...107)
    func faulty(_ seed: UInt64) {
        Self.check(seed)
    }

    @Test("one seed gives one run")
    func deterministic() {
        let runs = (0..<2).map { _ -> [String] in
            let world = SimulatedWorld(seed: 4711)
            world.isTracing = true
            _ = Self.run(world, hours: 0.2)
            return world.trace
        }
        #expect(!runs[0].isEmpty)
        #expect(runs[0] == runs[1])
    }
}
