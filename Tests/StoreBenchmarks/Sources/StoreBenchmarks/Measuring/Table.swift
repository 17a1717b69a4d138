// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A table that is printed row by row, in Markdown.
struct Table {
    private let widths: [Int]

    /// Prints the head.
    init(_ titles: String...) {
        self.widths = titles.map { Swift.max(12, $0.count) }
        self.printRow(titles)
        print("|\(self.widths.enumerated().map { $0.offset == 0 ? "---|" : "---:|" }.joined())")
    }

    func row(_ cells: String...) {
        self.printRow(cells)
    }

    private func printRow(_ cells: [String]) {
        let padded = zip(cells, self.widths).map { $0 + String(repeating: " ", count: Swift.max(0, $1 - $0.count)) }
        print("| \(padded.joined(separator: " | ")) |")
    }

    /// A number with so many decimals.
    static func text(_ value: Double, _ decimals: Int = 0) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let whole = Int((value * scale).rounded())
        let digits = String(whole)
        guard decimals > 0 else { return digits }
        let padded = String(repeating: "0", count: Swift.max(0, decimals + 1 - digits.count)) + digits
        return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }
}
