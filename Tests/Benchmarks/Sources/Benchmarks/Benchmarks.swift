// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs what the command line names:
///
/// - `time [PART]`: all benchmarks, or those with PART in their name; prints the table.
/// - `check FILE`: the same, and fails when one allocates more than FILE allows.
/// - `instructions [PART]`: one round of each, for callgrind.
/// - `scale LISTS ENTRIES BODY [stop]`: memory, cost and longest call with so many lists, entries and bytes of body; the
///   lists are ended, or with `stop` kept in a store.
@main
struct Benchmarks {
    static func main() {
        Meter.check()
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        switch (arguments.first, numbers.count) {
        case ("time", _):
            Table.printHead()
            self.run(Recorder(filter: arguments.dropFirst().first ?? ""))
        case ("check", _):
            guard let file = arguments.dropFirst().first, let thresholds = Thresholds(file: file) else {
                self.fail("check: cannot read the thresholds")
            }
            Table.printHead()
            let recorder = Recorder(filter: "")
            self.run(recorder)
            guard thresholds.holds(for: recorder) else { self.fail("more allocations than allowed") }
        case ("scale", 3):
            ScaleBenchmark(
                lists: numbers[0],
                entries: numbers[1],
                bodySize: numbers[2],
                isStored: arguments.last == "stop"
            ).run()
        case ("instructions", _):
            self.run(Recorder(filter: arguments.dropFirst().first ?? "", isSingle: true))
        default:
            self.fail(
                "usage: Benchmarks time [PART] | check FILE | instructions [PART] | scale LISTS ENTRIES BODY [stop]"
            )
        }
    }

    private static func fail(_ message: String) -> Never {
        print("benchmarks: \(message)")
        exit(1)
    }

    private static func run(_ recorder: Recorder) {
        EngineBenchmarks(recorder: recorder).run()
        MessageBenchmarks(recorder: recorder).run()
        DocumentBenchmarks(recorder: recorder).run()
    }
}
