// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Simulation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Seed after seed, on several threads, until it is enough.
final class Soak: Sendable {
    struct Totals {
        var nextSeed: UInt64
        var runs = 0
        var hours = 0
        var messages = 0
        var failures = 0
        var isEnough = false
        var lastReport: ContinuousClock.Instant
    }

    static let reportInterval = Duration.seconds(10)

    private let options: SoakOptions
    private let start = ContinuousClock.now
    private let totals: Mutex<Totals>

    init(_ options: SoakOptions) {
        self.options = options
        self.totals = Mutex(Totals(nextSeed: options.seed, lastReport: self.start))
    }

    /// - Returns: how many seeds failed.
    func run() async -> Int {
        // A run computes without a break: as many tasks as the pool has threads, and nobody else needs the pool.
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<self.options.threads {
                group.addTask { self.work() }
            }
        }
        let totals = self.totals.withLock { $0 }
        self.print(self.line(totals))
        return totals.failures
    }

    private func work() {
        while let seed = self.takeSeed() {
            // A storm now and then: it costs as much as ten quiet hours.
            let kind = self.options.kind ?? (seed % 10 == 0 ? .storm : .day)
            let settings = kind.settings(seed)
            let report = SimulatedRun.run(seed: seed, settings: settings)
            if report.failure != nil {
                self.print(
                    SimulatedRun.explain(seed: seed, settings: settings, report: report, lines: self.options.lines)
                )
            }
            self.count(report)
        }
    }

    private func takeSeed() -> UInt64? {
        self.totals.withLock { totals in
            guard !totals.isEnough, !Interrupt.isPending else { return nil }
            defer { totals.nextSeed &+= 1 }
            return totals.nextSeed
        }
    }

    private func count(_ report: SimulationReport) {
        let now = ContinuousClock.now
        let line: String? = self.totals.withLock { totals in
            totals.runs += 1
            totals.hours += report.hours
            totals.messages += report.messages
            if report.failure != nil {
                totals.failures += 1
                totals.isEnough = totals.isEnough || self.options.stopsAtFailure
            }
            if let hours = self.options.hours, totals.hours >= hours { totals.isEnough = true }
            if let seconds = self.options.seconds, now - self.start >= .seconds(seconds) { totals.isEnough = true }
            guard now - totals.lastReport >= Self.reportInterval else { return nil }
            totals.lastReport = now
            return self.line(totals)
        }
        if let line { self.print(line) }
    }

    /// A line that is seen at once, also in a file.
    private func print(_ text: String) {
        Swift.print(text)
        fflush(nil)
    }

    private func line(_ totals: Totals) -> String {
        let seconds = (ContinuousClock.now - self.start) / .seconds(1)
        let rate = Int(Double(totals.messages) / max(seconds, 0.001))
        return "soak: \(totals.hours) simulated hours, \(totals.runs) runs, \(totals.failures) failed, "
            + "\(totals.messages) messages, \(rate)/s, \(Int(seconds)) s, seeds from \(self.options.seed)"
    }
}
