// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import CMeasuring
import RLSCore

/// So many lists at once: the memory they take, what an update costs among them, and how long the engine is busy with
/// one event, which is how long a server holds the lock of a shard.
///
/// Each run is a process of its own: what it grows by is what the engine holds.
struct ScaleBenchmark {
    let lists: Int
    let entries: Int
    let bodySize: Int

    func run() {
        let world = ListWorld(lists: self.lists, entries: self.entries, bodySize: self.bodySize)
        let backends = self.lists * self.entries
        let before = measuring_resident_bytes()
        world.ramp(0..<self.lists)
        let grown = measuring_resident_bytes() - before
        precondition(world.engine.statistics.backends == backends)
        let update = self.update(in: world, resources: backends)
        let run = world.longestCall
        world.longestCall = 0
        Table.printLine([
            "\(backends) back-ends, \(self.lists) lists, body \(self.bodySize)",
            Table.text(Double(grown) / 1_048_576, decimals: 0) + " MiB",
            Table.text(Double(grown) / Double(backends), decimals: 0) + " B each",
            Table.text(update, decimals: 0) + " ns",
            Table.text(Double(run) / 1e6, decimals: 1) + " ms",
        ])
    }

    /// - Returns: nanoseconds for a back-end NOTIFY of a resource anywhere.
    private func update(in world: ListWorld, resources: Int) -> Double {
        let recorder = Recorder(filter: "", isSingle: false, isQuiet: true)
        EngineBenchmarks(recorder: recorder).backendNotify("update", in: world, resources: resources)
        return recorder.measurement("update")?.nanoseconds ?? 0
    }
}
