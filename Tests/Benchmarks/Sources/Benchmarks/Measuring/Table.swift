// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The table that `make bench` prints.
enum Table {
    static func printHead() {
        self.printLine(["benchmark", "CPU ns", "wall ns", "allocations"])
        self.printLine(["---", "---:", "---:", "---:"])
    }

    static func printRow(_ measurement: Measurement) {
        self.printLine([
            measurement.name,
            self.text(measurement.nanoseconds, decimals: measurement.nanoseconds < 100 ? 1 : 0),
            self.text(measurement.wallNanoseconds, decimals: measurement.wallNanoseconds < 100 ? 1 : 0),
            self.text(measurement.allocations, decimals: 2),
        ])
    }

    static func printLine(_ cells: [String]) {
        let widths = [46, 10, 10, 12]
        let padded = cells.enumerated().map { index, cell in
            let padding = String(repeating: " ", count: max(0, widths[index % widths.count] - cell.count))
            return index == 0 ? cell + padding : padding + cell
        }
        print("| \(padded.joined(separator: " | ")) |")
    }

    static func text(_ value: Double, decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals {
            scale *= 10
        }
        let whole = Int((value * scale).rounded())
        let digits = String(whole % Int(scale))
        let number = self.grouped(whole / Int(scale))
        return decimals == 0 ? number : number + "." + String(repeating: "0", count: decimals - digits.count) + digits
    }

    private static func grouped(_ value: Int) -> String {
        var digits = String(value)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return digits
    }
}
