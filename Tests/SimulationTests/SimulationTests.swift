// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import Testing

@testable import Simulation

@Suite("Simulation of the whole")
struct SimulationTests {
    /// Hours that count.
    @discardableResult
    static func check(_ seed: UInt64, _ settings: SimulationSettings) -> Int {
        let report = SimulatedRun.run(seed: seed, settings: settings)
        if report.failure != nil {
            Issue.record("\(SimulatedRun.explain(seed: seed, settings: settings, report: report))")
        }
        return report.hours
    }

    @Test("without faults, views follow the truth", arguments: 1...2)
    func quiet(_ seed: UInt64) {
        var settings = SimulationSettings()
        settings.hasFaults = false
        Self.check(seed, settings)
    }

    @Test("with faults of every kind", arguments: 100...104)
    func faulty(_ seed: UInt64) {
        Self.check(seed, .varied(seed))
    }

    /// Other seeds each time: what they find is printed with the way to see it again.
    @Test("with seeds that nobody has seen", .enabled(if: Self.secondsOfFreshSeeds > 0))
    func fresh() {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .seconds(Self.secondsOfFreshSeeds))
        let first = UInt64.random(in: 1_000_000...999_000_000)
        var seed = first
        var hours = 0
        repeat {
            hours += Self.check(seed, .varied(seed))
            seed += 1
        } while clock.now < end
        print("simulation: \(hours) simulated hours of fresh seeds \(first)-\(seed - 1)")
        #expect(hours > 0)
    }

    /// `RLS_SIMULATION_SECONDS`; 0: none.
    static let secondsOfFreshSeeds =
        Int(ProcessInfo.processInfo.environment["RLS_SIMULATION_SECONDS"] ?? "") ?? 15

    /// `RLS_SIMULATION_SEEDS=FIRST-LAST` runs these.
    static let moreSeeds: ClosedRange<UInt64>? = {
        let text = ProcessInfo.processInfo.environment["RLS_SIMULATION_SEEDS"] ?? ""
        let ends = text.split(separator: "-").compactMap { UInt64($0) }
        return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
    }()

    /// `RLS_SIMULATION_WORLD`: which kind of world they make.
    static let kind =
        SimulationSettings.Kind(rawValue: ProcessInfo.processInfo.environment["RLS_SIMULATION_WORLD"] ?? "") ?? .storm

    @Test("with the seeds that were asked for", .enabled(if: Self.moreSeeds != nil))
    func more() throws {
        for seed in try #require(Self.moreSeeds) { Self.check(seed, Self.kind.settings(seed)) }
    }

    /// `RLS_DUMP_RLMI=FOLDER` writes them there, for `Scripts/validate-rlmi`.
    @Test("R4662-61: documents of a run, for the schema")
    func documents() throws {
        let world = SimulatedWorld(seed: 1)
        world.documentLimit = 300
        _ = SimulatedRun.run(world)
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
            _ = SimulatedRun.run(world)
            return world.trace
        }
        #expect(!runs[0].isEmpty)
        #expect(runs[0] == runs[1])
    }
}
