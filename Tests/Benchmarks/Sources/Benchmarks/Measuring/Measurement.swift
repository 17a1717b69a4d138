// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// What one operation of a benchmark costs.
struct Measurement {
    let name: String
    /// Processor time of one operation: the median over rounds, because other work on the machine only adds.
    let nanoseconds: Double
    /// Elapsed time of one operation.
    let wallNanoseconds: Double
    /// The median over rounds; the rounds of some benchmarks differ by a growing table.
    let allocations: Double
    let operations: Int
}

/// Runs benchmarks and keeps what they cost.
final class Recorder {
    /// Part of a name; only benchmarks with it run.
    let filter: String
    /// One round each and no warming up: for counting instructions.
    let isSingle: Bool
    let isQuiet: Bool
    private(set) var measurements: [Measurement] = []

    init(filter: String, isSingle: Bool = false, isQuiet: Bool = false) {
        self.filter = filter
        self.isSingle = isSingle
        self.isQuiet = isQuiet
    }

    func wants(_ names: String...) -> Bool {
        names.contains { self.filter.isEmpty || $0.contains(self.filter) }
    }

    /// Measures rounds of `operations` operations each; what `prepare` and `finish` do is not counted.
    func measure<Input>(
        _ name: String,
        operations: Int,
        rounds: Int = 41,
        prepare: (Int) -> Input,
        run: (inout Input) -> Void,
        finish: (Input) -> Void = { _ in }
    ) {
        guard self.wants(name) else { return }
        var costs: [Double] = []
        var walls: [Double] = []
        var allocations: [Double] = []
        let warming = 5
        for round in 0..<(self.isSingle ? 1 : warming + rounds) {
            if self.isSingle {
                // Caches of the library and of Swift's runtime are filled outside of what is counted.
                var input = prepare(-1)
                run(&input)
                finish(input)
            }
            var input = prepare(round)
            var meter = Meter()
            meter.measure { run(&input) }
            finish(input)
            guard self.isSingle || round >= warming else { continue }
            costs.append(Double(meter.nanoseconds) / Double(operations))
            let (seconds, attoseconds) = meter.wall.components
            walls.append((Double(seconds) * 1e9 + Double(attoseconds) / 1e9) / Double(operations))
            allocations.append(Double(meter.allocations) / Double(operations))
        }
        self.add(
            Measurement(
                name: name,
                nanoseconds: Self.median(&costs),
                wallNanoseconds: Self.median(&walls),
                allocations: Self.median(&allocations),
                operations: operations
            )
        )
    }

    func add(_ measurement: Measurement) {
        self.measurements.append(measurement)
        if self.isSingle {
            print("region\t\(measurement.name)\t\(measurement.operations)")
        } else if !self.isQuiet {
            Table.printRow(measurement)
        }
    }

    func measurement(_ name: String) -> Measurement? {
        self.measurements.first { $0.name == name }
    }

    private static func median(_ values: inout [Double]) -> Double {
        values.sort()
        return values.isEmpty ? 0 : values[values.count / 2]
    }
}
