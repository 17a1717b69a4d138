// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// Lists that have to be asked for again, until somebody does it. Coalesced: its size is bounded.
final class ListChangeQueue: Sendable {
    /// More documents or owners than this count as everything.
    static let scopeLimit = 1_000

    /// What is to be looked at in one round.
    struct Round: Sendable {
        var scopes: [RLSListScope] = []
        /// Dialogs that could not be looked at when their list changed.
        var tickets: [RLSDialogTicket] = []
        /// Told when the round is over.
        var waiters: [Signal] = []
    }

    private struct State {
        var documents: Set<String> = []
        var owners: Set<SIPURI> = []
        var isEverything = false
        var tickets = TicketList()
        var waiters: [Signal] = []
        var isClosed = false

        var isEmpty: Bool {
            self.documents.isEmpty && self.owners.isEmpty && !self.isEverything && self.tickets.isEmpty
                && self.waiters.isEmpty
        }
    }

    private let state = Locked(State())
    private let signal = Signal()

    /// - Returns: false when nobody looks at changes any more.
    @discardableResult
    func add(_ scope: RLSListScope, waiter: Signal? = nil) -> Bool {
        let isOpen = self.state.withLock { state in
            guard !state.isClosed else { return false }
            switch scope {
            case .documents(let keys): state.documents.formUnion(keys)
            case .owner(let owner): state.owners.insert(owner)
            case .everything: state.isEverything = true
            }
            if state.documents.count > Self.scopeLimit || state.owners.count > Self.scopeLimit {
                state.isEverything = true
            }
            if state.isEverything {
                state.documents = []
                state.owners = []
            }
            if let waiter {
                state.waiters.append(waiter)
            }
            return true
        }
        self.signal.set()
        return isOpen
    }

    func add(_ tickets: [RLSDialogTicket]) {
        guard !tickets.isEmpty else { return }
        self.state.withLock { state in
            for ticket in tickets {
                state.tickets.add(ticket)
            }
        }
        self.signal.set()
    }

    /// The next round; nil when the task is cancelled.
    func next() async -> Round? {
        while !Task.isCancelled {
            if let round = self.state.withLock({ Self.takeRound(&$0) }) {
                return round
            }
            await self.signal.wait()
        }
        return nil
    }

    /// Nobody looks at changes any more: nobody may wait.
    func close() {
        let waiters = self.state.withLock { state in
            defer { state = State(isClosed: true) }
            return state.waiters
        }
        for waiter in waiters {
            waiter.set()
        }
    }

    private static func takeRound(_ state: inout State) -> Round? {
        guard !state.isEmpty else { return nil }
        defer { state = State(isClosed: state.isClosed) }
        var round = Round(tickets: state.tickets.all, waiters: state.waiters)
        if state.isEverything {
            round.scopes = [.everything]
        } else {
            if !state.documents.isEmpty {
                round.scopes.append(.documents(state.documents.sorted()))
            }
            round.scopes += state.owners.sorted { $0.text < $1.text }.map { .owner($0) }
        }
        return round
    }
}

/// Tickets in the order in which they came, one of each dialog, so that a seed gives one run.
struct TicketList {
    private var indices: [RLSDialogID: Int] = [:]
    private(set) var all: [RLSDialogTicket] = []

    var isEmpty: Bool { self.all.isEmpty }

    /// Adds a ticket, in the place of an earlier one of the dialog.
    mutating func add(_ ticket: RLSDialogTicket) {
        if let index = self.indices[ticket.dialog] {
            self.all[index] = ticket
        } else {
            self.indices[ticket.dialog] = self.all.count
            self.all.append(ticket)
        }
    }
}
