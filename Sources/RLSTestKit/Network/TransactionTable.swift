// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// A non-INVITE transaction on the simulated network, both ends of it.
struct SimulatedTransaction: Sendable {
    var request: SIPRequest
    var client: SimulatedNetwork.Node
    var server: SimulatedNetwork.Node
    var begin: RLSInstant
    var interval = Duration.milliseconds(500)
    var isOver = false
    var hasArrived = false
    /// The server has crashed since: it knows no answer.
    var isForgotten = false
    /// Answers, in order; those on their way are among them.
    var responses: [SIPResponse] = []

    /// What the server repeats.
    var response: SIPResponse? { self.isForgotten ? nil : self.responses.last }

    /// NOTIFYs to the list server come again, as a proxy without server transactions for them hands them on.
    var isStateless: Bool { self.server == .server && self.request.method == .notify }
}

/// Transactions by number. They begin in order, and are forgotten in order after 70 s.
struct TransactionTable: Sendable {
    private var rows: [SimulatedTransaction] = []
    /// Rows before this one are forgotten.
    private var head = 0
    /// Number of the first row.
    private var base = 1

    mutating func insert(_ transaction: SimulatedTransaction) -> Int {
        self.rows.append(transaction)
        return self.base + self.rows.count - 1
    }

    subscript(id: Int) -> SimulatedTransaction? {
        self.index(id).map { self.rows[$0] }
    }

    mutating func update(_ id: Int, _ body: (inout SimulatedTransaction) -> Void) {
        guard let index = self.index(id) else { return }
        body(&self.rows[index])
    }

    mutating func updateAll(_ body: (inout SimulatedTransaction) -> Void) {
        for index in self.head..<self.rows.count {
            body(&self.rows[index])
        }
    }

    mutating func forget(now: RLSInstant) {
        while self.head < self.rows.count, now.duration(since: self.rows[self.head].begin) > .seconds(70) {
            self.head += 1
        }
        guard self.head >= 256, self.head * 2 > self.rows.count else { return }
        self.rows.removeFirst(self.head)
        self.base += self.head
        self.head = 0
    }

    private func index(_ id: Int) -> Int? {
        let index = id - self.base
        return index >= self.head && index < self.rows.count ? index : nil
    }
}
