// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit

/// A world from beginning to end, and the search for the shortest run that still fails.
enum SimulatedRun {
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
}
