// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import RLSCore
import RLSTestKit

/// What can be different from run to run.
package struct SimulationSettings: Sendable {
    /// Phones, two of each watcher.
    package var phones = 6
    package var resources = 12
    package var presenceServers = 2
    package var entriesPerList = 6
    /// Mean milliseconds between two changes or faults.
    package var pace = 4000
    /// How many changes and faults happen at most; to find the shortest failing prefix.
    package var actionLimit = Int.max
    package var hasFaults = true
    /// How long things change and break, before all is mended.
    package var hours = 1
    package var configuration: RLSConfiguration = {
        var configuration = RLSConfiguration()
        configuration.shards = 2
        configuration.waitnTime = .seconds(2)
        return configuration
    }()

    /// A mistake to be noticed.
    package var plantedBug: PlantedBug?

    package init() {}

    /// A world of this seed's own size, with its own limits.
    package static func varied(_ seed: UInt64) -> Self {
        var random = SeededGenerator(seed: seed ^ 0x5EED)
        var settings = Self()
        settings.phones = random.pick(2...8)
        settings.resources = random.pick(4...16)
        settings.entriesPerList = random.pick(2...8)
        settings.pace = [1500, 2500, 4000][random.pick(0...2)]
        settings.hours = random.pick(1...3)
        settings.configuration.shards = [1, 2, 4][random.pick(0...2)]
        settings.configuration.waitnTime = [.zero, .seconds(2), .seconds(5)][random.pick(0...2)]
        settings.configuration.notifyTimeoutLimit = random.pick(1...3)
        return settings
    }
}
