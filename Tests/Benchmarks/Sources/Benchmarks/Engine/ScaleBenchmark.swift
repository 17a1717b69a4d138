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
    /// There is a store, and the end leaves the lists there. It has got no state before: the most that it can have to write.
    let isStored: Bool

    /// As many as a ramp of one list of 20 in a millisecond needs, and an end may use.
    private static let backendRate = 25_000

    func run() {
        let world = ListWorld(
            lists: self.lists,
            entries: self.entries,
            bodySize: self.bodySize,
            backendRate: Self.backendRate
        )
        world.engine.isPersistent = self.isStored
        let backends = self.lists * self.entries
        let before = measuring_resident_bytes()
        world.ramp(0..<self.lists)
        world.advance(.seconds(10))
        let ramped = world.now
        let grown = measuring_resident_bytes() - before
        precondition(world.engine.statistics.backends == backends)
        Table.printLine([
            "\(backends) back-ends, \(self.lists) lists, body \(self.bodySize)",
            Table.text(Double(grown) / 1_048_576, decimals: 0) + " MiB",
            Table.text(Double(grown) / Double(backends), decimals: 0) + " B each",
            Table.text(self.update(in: world, resources: backends), decimals: 0) + " ns",
        ])
        self.printCalls("ramp and updates", of: world)
        world.isRealTime = true
        // Each back-end is refreshed at 0.80 to 0.95 of its 3,590 s; the first list would end 3,540 s after the ramp.
        world.advance(.seconds(3_450) - world.now.duration(since: ramped))
        self.printCalls("refreshes", of: world)
        let mode: RLSShutdown = self.isStored ? .keepDialogs : .endDialogs
        world.serve(world.timed { world.engine.beginDrain(mode, now: world.now) })
        world.advance(.seconds(backends / Self.backendRate + 60))
        precondition(world.engine.isDrained && world.engine.statistics.backends == 0)
        self.printCalls(self.isStored ? "stop" : "end", of: world)
    }

    /// The longest call since the last line, and the largest lateness of a timer.
    private func printCalls(_ phase: String, of world: ListWorld) {
        Table.printLine([
            "  \(phase): longest call, lateness of timers",
            Table.text(Double(world.longestCall) / 1e6, decimals: 1) + " ms",
            world.isRealTime ? Table.text(Double(world.largestLateness) / 1e6, decimals: 1) + " ms" : "",
        ])
        world.longestCall = 0
        world.largestLateness = 0
    }

    /// - Returns: nanoseconds for a back-end NOTIFY of a resource anywhere.
    private func update(in world: ListWorld, resources: Int) -> Double {
        let recorder = Recorder(filter: "", isSingle: false, isQuiet: true)
        EngineBenchmarks(recorder: recorder).backendNotify("update", in: world, resources: resources)
        return recorder.measurement("update")?.nanoseconds ?? 0
    }
}
