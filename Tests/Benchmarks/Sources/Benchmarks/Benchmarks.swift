// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// Runs what the command line names:
///
/// - `time [PART]`: all benchmarks, or those with PART in their name; prints the table.
/// - `check FILE`: the same in fewer rounds; fails when one allocates more than FILE allows.
/// - `instructions [PART]`: one round of each, for callgrind.
/// - `memory BACKENDS ENTRIES BODY`: what the process grows by with so many back-end subscriptions.
/// - `scale LISTS ENTRIES`: ramp, run, refresh and end of a whole server's load.
@main
struct Benchmarks {
    static func main() {
        Meter.check()
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        switch (arguments.first, numbers.count) {
        case ("time", _):
            Table.printHead()
            self.run(Recorder(filter: arguments.dropFirst().first ?? "", isSingle: false))
        case ("instructions", _):
            self.run(Recorder(filter: arguments.dropFirst().first ?? "", isSingle: true))
        default:
            fatalError("usage: Benchmarks time [PART] | check FILE | instructions [PART] | memory N N N | scale N N")
        }
    }

    private static func run(_ recorder: Recorder) {
        EngineBenchmarks(recorder: recorder).run()
        MessageBenchmarks(recorder: recorder).run()
        DocumentBenchmarks(recorder: recorder).run()
    }
}
