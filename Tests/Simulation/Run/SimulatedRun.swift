// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit

/// What a run was, and how it ended.
package struct SimulationReport: Sendable {
    /// Messages that went over the network.
    package var messages = 0
    /// Simulated hours with at least 1,000 messages.
    package var hours = 0
    /// Changes and faults.
    package var actions = 0
    /// What went wrong first; nil: nothing.
    package var failure: SimulationFailure?
}

/// A world from beginning to end, and the search for the shortest run that still fails.
package enum SimulatedRun {
    /// An hour with fewer messages does not count.
    static let messagesOfAnHour = 1000

    /// One run: change and break things for a while, heal, compare with the truth, let everybody leave.
    package static func run(seed: UInt64, settings: SimulationSettings) -> SimulationReport {
        Self.run(SimulatedWorld(seed: seed, settings: settings))
    }

    static func run(_ world: SimulatedWorld) -> SimulationReport {
        var report = SimulationReport()
        defer { world.end() }
        do throws(SimulationFailure) {
            for _ in 0..<world.settings.hours {
                world.beginHour()
                try world.run(for: .seconds(3600))
                if world.messagesThisHour >= Self.messagesOfAnHour { report.hours += 1 }
            }
            world.heal()
            // Longer than every grant, back-off and refresh.
            try world.run(for: .seconds(Int64(max(3600, world.settings.grants.max() ?? 0)) + 900))
            try Self.checkViews(world)
            world.leave()
            try world.run(for: .seconds(40))
            world.checkEmpty()
            if let failure = world.failure { throw failure }
        } catch {
            report.failure = error
        }
        report.messages = world.network.messageCount
        report.actions = world.actionCount
        return report
    }

    /// States of deltas and of lists that are split are on their way for a moment after each refresh.
    private static func checkViews(_ world: SimulatedWorld) throws(SimulationFailure) {
        var attempts = world.settings.deltaBodies || world.settings.splits ? 10 : 1
        while attempts > 0 {
            world.failure = nil
            world.checkViews()
            guard world.failure != nil else { return }
            attempts -= 1
            if attempts > 0 {
                world.failure = nil
                try world.run(for: .seconds(7))
            }
        }
        if let failure = world.failure { throw failure }
    }

    /// The run again with fewer and fewer changes and faults, while it still fails.
    static func shrink(seed: UInt64, settings: SimulationSettings, actions: Int) -> (Int, SimulatedWorld) {
        var low = 0
        var high = actions
        var limited = settings
        while low < high {
            let middle = (low + high) / 2
            limited.actionLimit = middle
            if Self.run(seed: seed, settings: limited).failure != nil {
                high = middle
            } else {
                low = middle + 1
            }
        }
        limited.actionLimit = high
        let world = SimulatedWorld(seed: seed, settings: limited)
        world.isTracing = true
        _ = Self.run(world)
        return (high, world)
    }

    /// What somebody needs to see why a seed fails.
    ///
    /// - Parameter lines: of the end of the shortest run that fails.
    package static func explain(
        seed: UInt64,
        settings: SimulationSettings,
        report: SimulationReport,
        lines: Int = 60
    ) -> String {
        guard let failure = report.failure else { return "seed \(seed) passes" }
        let (actions, shortest) = Self.shrink(seed: seed, settings: settings, actions: report.actions)
        return """
            seed \(seed): \(failure)
            shortest prefix that fails: \(actions) changes and faults: \(shortest.failure.map { "\($0)" } ?? "passes")
            \(shortest.trace.suffix(lines).joined(separator: "\n"))
            again: RLS_SIMULATION_WORLD=\(settings.kind) RLS_SIMULATION_SEEDS=\(seed)-\(seed) swift test --filter "SimulationTests.*more"
            """
    }
}
