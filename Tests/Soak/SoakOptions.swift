// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Simulation

/// What the command line says.
struct SoakOptions {
    /// Stop after so many simulated hours; nil: no limit.
    var hours: Int?
    /// Stop after so many seconds of real time; nil: no limit.
    var seconds: Int?
    var threads = 2
    /// First seed; the others follow.
    var seed = UInt64.random(in: 1_000_000_000...1_000_000_000_000)
    /// Stop at the first failure.
    var stopsAtFailure = false
    /// The kind of worlds; nil: quiet days, and a storm now and then.
    var kind: SimulationSettings.Kind?
    /// Lines of a failing run that are printed.
    var lines = 60

    static let usage = """
        rls-soak [--hours N] [--seconds N] [--threads N] [--seed N] [--lines N] [--stop]
                 [--storm | --day | --shell]
        Simulates the list server with its network, peers and store until told to stop: after N simulated hours, after
        N seconds, with SIGINT, or with --stop at the first failure. Without a limit it runs for ever.
        --shell puts the real shell into the world instead of a model of it around the engines.
        """

    /// - Returns: nil when the arguments cannot be read.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--stop" {
                self.stopsAtFailure = true
                continue
            }
            if let kind = SimulationSettings.Kind(rawValue: String(name.dropFirst(2))) {
                self.kind = kind
                continue
            }
            guard let value = rest.popFirst().flatMap({ UInt64($0) }), value <= Int64.max else { return nil }
            switch name {
            case "--hours": self.hours = Int(value)
            case "--seconds": self.seconds = Int(value)
            case "--threads": self.threads = max(1, Int(value))
            case "--seed": self.seed = value
            case "--lines": self.lines = Int(value)
            default: return nil
            }
        }
    }
}
