// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation

/// What the audience sees: text, with colours on a terminal.
final class Stage {
    private enum Style: String {
        case title = "1"
        case arrow = "36"
        case good = "32"
        case bad = "1;31"
        case quiet = "2"
    }

    private let usesColours = isatty(1) == 1
    private let begin = ContinuousClock.now
    private var checks = 0
    private var differences = 0

    var isAsExpected: Bool { self.differences == 0 && self.checks > 0 }

    private func styled(_ text: String, _ style: Style) -> String {
        self.usesColours ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }

    private func line(_ text: String = "") {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    /// A new act begins.
    func act(_ title: String) {
        self.line()
        self.line(self.styled(title, .title))
    }

    /// A message from left to right, with what matters in it.
    func arrow(from sender: String, to receiver: String, _ message: String, _ details: String) {
        let sentByPhone = receiver == "proxy"
        let phone = (sentByPhone ? sender : receiver).padding(toLength: 6, withPad: " ", startingAt: 0)
        let label = " \(message) "
        let shaft = String(repeating: "-", count: max(2, 34 - label.count))
        let arrow = sentByPhone ? "--\(label)\(shaft)->" : "<-\(label)\(shaft)--"
        self.line("  \(phone) \(self.styled(arrow, .arrow)) proxy   \(self.styled(details, .quiet))")
    }

    /// What a phone shows now.
    func table(_ title: String, header: [String], rows: [[String]]) {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let rule = "+" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "+") + "+"
        let margin = "          "
        self.line(margin + self.styled(title, .quiet))
        self.line(margin + rule)
        for (index, row) in all.enumerated() {
            let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            self.line(margin + "| " + cells.joined(separator: " | ") + " |")
            if index == 0 {
                self.line(margin + rule)
            }
        }
        self.line(margin + rule)
    }

    /// Compares what was seen with what should have been.
    func check<Value: Equatable>(_ what: String, _ seen: Value, _ expected: Value) {
        self.checks += 1
        guard seen != expected else {
            self.line("          " + self.styled("ok", .good) + "  " + what)
            return
        }
        self.differs("\(what): expected \(expected), saw \(seen)")
    }

    func differs(_ text: String) {
        self.differences += 1
        self.line("          " + self.styled("DIFFERS", .bad) + "  " + text)
    }

    /// The last line.
    func conclude() {
        let seconds = (ContinuousClock.now - self.begin).components.seconds
        self.line()
        if self.isAsExpected {
            self.line(self.styled("All \(self.checks) checks passed in \(seconds) s.", .good))
        } else {
            self.line(self.styled("\(self.differences) of \(self.checks) checks failed.", .bad))
        }
    }
}
