// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import RLSCore
import RLSTestKit
import Testing

@Suite("Simulation of the whole")
struct SimulationTests {
    static func check(_ seed: UInt64, _ settings: SimulatedWorld.Settings = .init()) {
        let world = SimulatedWorld(seed: seed, settings: settings)
        guard let failure = SimulatedRun.run(world).failure else { return }
        let (actions, shortest) = SimulatedRun.shrink(seed: seed, settings: settings, actions: world.actionCount)
        Issue.record(
            """
            seed \(seed): \(failure)
            shortest prefix that fails: \(actions) changes and faults: \(shortest.failure.map { "\($0)" } ?? "passes")
            \(shortest.trace.suffix(60).joined(separator: "\n"))
            """
        )
    }

    @Test("without faults, views follow the truth", arguments: 1...2)
    func quiet(_ seed: UInt64) {
        var settings = SimulatedWorld.Settings()
        settings.hasFaults = false
        Self.check(seed, settings)
    }

    @Test("with faults of every kind", arguments: 100...102)
    func faulty(_ seed: UInt64) {
        Self.check(seed)
    }

    /// `RLS_SIMULATION_SEEDS=FIRST-LAST` runs more of them.
    static let moreSeeds: ClosedRange<UInt64>? = {
        let text = ProcessInfo.processInfo.environment["RLS_SIMULATION_SEEDS"] ?? ""
        let ends = text.split(separator: "-").compactMap { UInt64($0) }
        return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
    }()

    @Test("with the seeds that were asked for", .enabled(if: Self.moreSeeds != nil))
    func more() throws {
        for seed in try #require(Self.moreSeeds) { Self.check(seed) }
    }

    /// `RLS_DUMP_RLMI=FOLDER` writes them there, for `Scripts/validate-rlmi`.
    @Test("R4662-61: documents of a run, for the schema")
    func documents() throws {
        let world = SimulatedWorld(seed: 1)
        world.documentLimit = 300
        _ = SimulatedRun.run(world, hours: 0.3)
        #expect(world.documents.count > 30)
        guard let folder = ProcessInfo.processInfo.environment["RLS_DUMP_RLMI"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (index, document) in world.documents.enumerated() {
            try Data(document).write(to: URL(fileURLWithPath: "\(folder)/rlmi-\(index).xml"))
        }
    }

    @Test("one seed gives one run")
    func deterministic() {
        let runs = (0..<2).map { _ -> [String] in
            let world = SimulatedWorld(seed: 4711)
            world.isTracing = true
            _ = SimulatedRun.run(world, hours: 0.2)
            return world.trace
        }
        #expect(!runs[0].isEmpty)
        #expect(runs[0] == runs[1])
    }
}
