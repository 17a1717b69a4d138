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

    /// The server is the real shell, not a model of it around the engines.
    package var usesShell = false
    /// Documents may be deltas.
    package var deltaBodies = false {
        didSet {
            self.configuration.eventPackages = [
                RLSEventPackage("presence", defaultAccept: ["application/pidf+xml"], deltaBodies: self.deltaBodies)
            ]
        }
    }
    /// NOTIFYs are so small that states do not fit into one.
    package private(set) var splits = false

    /// A mistake to be noticed.
    package var plantedBug: PlantedBug?

    package init() {}

    /// Seconds that phones ask for.
    package var grants: [UInt32] = [120, 300, 600, 1200]
    /// Messages after which an hour is left to timers; nil: changes and faults go on all the time.
    package var messagesPerHour: Int?
    /// How the settings were made from the seed; printed with a failure.
    package var kind = Kind.storm

    /// Kinds of worlds.
    package enum Kind: String, CaseIterable, Sendable {
        /// Something changes or breaks every few seconds, for a few hours.
        case storm
        /// A day whose hours are quiet for most of their time, with subscriptions that run for long.
        case day
        /// An hour of the real shell.
        case shell

        /// The settings of a seed.
        package func settings(_ seed: UInt64) -> SimulationSettings {
            switch self {
            case .storm: .varied(seed)
            case .day: .day(seed)
            case .shell: .shell(seed)
            }
        }
    }

    /// A world of this seed's own size, with its own limits.
    package static func varied(_ seed: UInt64) -> Self {
        var random = SeededGenerator(seed: seed ^ 0x5EED)
        var settings = Self()
        settings.phones = random.pick(2...8)
        settings.resources = random.pick(4...16)
        settings.entriesPerList = random.pick(2...8)
        settings.pace = [1500, 2500, 4000][random.pick(0...2)]
        settings.hours = random.pick(1...3)
        settings.vary(&random)
        return settings
    }

    /// A day with little more than the messages that make an hour count.
    package static func day(_ seed: UInt64) -> Self {
        var random = SeededGenerator(seed: seed ^ 0xDA1)
        var settings = Self()
        settings.kind = .day
        settings.phones = random.pick(2...5)
        settings.resources = random.pick(3...10)
        settings.entriesPerList = random.pick(2...6)
        settings.pace = [1000, 4000, 8000][random.pick(0...2)]
        settings.hours = random.pick(12...36)
        settings.grants = [300, 600, 1200, 3600, 7200]
        settings.messagesPerHour = 1000
        settings.vary(&random)
        return settings
    }

    /// An hour with the real shell.
    package static func shell(_ seed: UInt64) -> Self {
        var random = SeededGenerator(seed: seed ^ 0x5E11)
        var settings = Self()
        settings.kind = .shell
        settings.usesShell = true
        settings.phones = random.pick(2...4)
        settings.resources = random.pick(3...8)
        settings.entriesPerList = random.pick(2...5)
        settings.pace = 6000
        settings.vary(&random)
        return settings
    }

    /// Makes NOTIFYs small: they have room for every member without its state, and for so many bytes more.
    mutating func limitBodies(room: Int) {
        self.splits = true
        self.configuration.maxNotifyBodySize = 640 + self.entriesPerList * 300 + room
    }

    private mutating func vary(_ random: inout SeededGenerator) {
        self.configuration.shards = [1, 2, 4][random.pick(0...2)]
        self.configuration.waitnTime = [.zero, .seconds(2), .seconds(5)][random.pick(0...2)]
        self.configuration.notifyTimeoutLimit = random.pick(1...3)
        self.deltaBodies = random.chance(0.25)
        if random.chance(0.25) {
            self.limitBodies(room: random.pick(900...2000))
        }
        if random.chance(0.25) {
            self.configuration.backendInFlight = 8
            self.configuration.backendInFlightPerHop = 4
            self.configuration.backendRate = random.pick(2...10)
            self.configuration.backendBurst = 4
        }
    }
}
