// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import SIPMessage

/// A network in virtual time that loses, repeats, delays and cuts, and the non-INVITE transactions on it.
///
/// Pull what happens with ``next(before:)`` and act on it: nothing calls back, so one seed and the same actions give the
/// same run. Transactions behave as on UDP (RFC 3261 §17.1.2): retransmission from 0.5 s to every 4 s, time-out after
/// 32 s. Watchers and presence servers absorb what is repeated; NOTIFYs to the server come again, as a proxy without
/// server transactions for them hands them on.
public struct SimulatedNetwork: Sendable {
    /// Who is on the network.
    public enum Node: Hashable, Sendable {
        /// The list server with its proxy.
        case server
        /// A watcher's phone.
        case watcher(Int)
        /// A presence server.
        case presence(Int)
    }

    /// How bad it is.
    public struct Conditions: Hashable, Sendable {
        /// Probability that a message is lost.
        public var loss = 0.0
        /// Probability that it comes twice.
        public var duplication = 0.0
        /// Shortest and longest time on the way, in milliseconds; a wide range reorders.
        public var delay = 1...20
        /// Probability that a request cannot be sent at all.
        public var transportErrors = 0.0

        /// Creates a good network.
        public init() {}
    }

    /// A request that has arrived; answer it with ``respond(_:to:)``.
    public struct Arrival: Sendable {
        /// The transaction.
        public var transaction: Int
        /// The request.
        public var request: SIPRequest
        /// From whom.
        public var from: Node
        /// To whom.
        public var to: Node
    }

    /// Something that happens.
    public enum Event: Sendable {
        /// A request has arrived.
        case request(Arrival)
        /// A transaction has ended, for its client.
        case outcome(Int, RLSTransactionOutcome, client: Node)
        /// The time of ``setTimer(_:at:)`` has come.
        case timer(Int)
    }

    /// Small, because the queue moves them about.
    private enum Step: Sendable {
        /// Sends the request, for the first time or again; after 32 s the transaction is over.
        case send(Int)
        case arrive(Int)
        /// The answer with this index.
        case answer(Int, Int)
        case fail(Int)
        case timer(Int)
    }

    /// The conditions from now on.
    public var conditions = Conditions()
    /// Nodes that nothing reaches or leaves.
    public var cutOff: Set<Node> = []
    /// The time.
    public private(set) var now: RLSInstant
    /// Messages that went over the network, lost ones too.
    public private(set) var messageCount = 0
    private var random: SeededGenerator
    private var queue = EventQueue<Step>()
    private var transactions = TransactionTable()

    /// Creates a network.
    public init(seed: UInt64, now: RLSInstant = .zero) {
        self.random = SeededGenerator(seed: seed)
        self.now = now
    }

    /// Begins a client transaction.
    public mutating func send(_ request: SIPRequest, from client: Node, to server: Node) -> Int {
        let id = self.transactions.insert(
            SimulatedTransaction(request: request, client: client, server: server, begin: self.now)
        )
        let fails = self.random.chance(self.conditions.transportErrors)
        self.queue.insert(fails ? .fail(id) : .send(id), at: self.now)
        return id
    }

    /// Answers a request. A later answer to the same one is not sent.
    public mutating func respond(_ response: SIPResponse, to transaction: Int) {
        guard let found = self.transactions[transaction] else { return }
        if !found.isStateless, found.response != nil { return }
        self.transactions.update(transaction) {
            $0.responses.append(response)
            $0.isForgotten = false
        }
        self.transmit(.answer(transaction, found.responses.count), between: found.server, found.client)
    }

    /// Makes ``Event/timer(_:)`` happen.
    public mutating func setTimer(_ token: Int, at time: RLSInstant) {
        self.queue.insert(.timer(token), at: max(time, self.now))
    }

    /// A node has crashed: what it sent is on its way, but it waits for nothing any more and has answered nothing.
    public mutating func crash(_ node: Node) {
        self.transactions.updateAll { transaction in
            if transaction.client == node { transaction.isOver = true }
            if transaction.server == node {
                transaction.hasArrived = false
                transaction.isForgotten = true
            }
        }
    }

    /// The next thing that happens before `limit`, which becomes the time; nil, and the time is `limit`, when there is none.
    public mutating func next(before limit: RLSInstant) -> Event? {
        while let time = self.queue.nextTime, time < limit, let (_, step) = self.queue.removeFirst() {
            self.now = max(self.now, time)
            self.transactions.forget(now: self.now)
            if let event = self.perform(step) { return event }
        }
        self.now = max(self.now, limit)
        return nil
    }

    /// The request of a transaction; nil when it is long over.
    public func request(of transaction: Int) -> SIPRequest? { self.transactions[transaction]?.request }

    /// When something may happen next.
    public var nextTime: RLSInstant? { self.queue.nextTime }

    private mutating func perform(_ step: Step) -> Event? {
        switch step {
        case .timer(let token):
            return .timer(token)
        case .send(let id):
            return self.transmitRequest(id)
        case .arrive(let id):
            return self.arrive(id)
        case .answer(let id, let index):
            guard let response = self.transactions[id]?.responses[index] else { return nil }
            return self.end(id, .response(response))
        case .fail(let id):
            return self.end(id, .transportError(lastCSeq: self.cSeq(id)))
        }
    }

    private mutating func transmitRequest(_ id: Int) -> Event? {
        guard let transaction = self.transactions[id], !transaction.isOver else { return nil }
        let end = transaction.begin.advanced(by: .seconds(32))
        guard self.now < end else { return self.end(id, .timeout(lastCSeq: self.cSeq(id))) }
        self.transmit(.arrive(id), between: transaction.client, transaction.server)
        self.queue.insert(.send(id), at: min(end, self.now.advanced(by: transaction.interval)))
        self.transactions.update(id) { $0.interval = min($0.interval * 2, .seconds(4)) }
        return nil
    }

    private mutating func arrive(_ id: Int) -> Event? {
        guard let transaction = self.transactions[id], !self.isCutOff(transaction.server) else { return nil }
        if transaction.hasArrived, !transaction.isStateless {
            if transaction.response != nil {
                let last = transaction.responses.count - 1
                self.transmit(.answer(id, last), between: transaction.server, transaction.client)
            }
            return nil
        }
        self.transactions.update(id) { $0.hasArrived = true }
        return .request(
            Arrival(transaction: id, request: transaction.request, from: transaction.client, to: transaction.server)
        )
    }

    private mutating func end(_ id: Int, _ outcome: RLSTransactionOutcome) -> Event? {
        guard let transaction = self.transactions[id], !transaction.isOver else { return nil }
        self.transactions.update(id) { $0.isOver = true }
        return .outcome(id, outcome, client: transaction.client)
    }

    private func cSeq(_ id: Int) -> UInt32 {
        (try? self.transactions[id]?.request.cSeq)?.number ?? 0
    }

    private mutating func transmit(_ step: Step, between from: Node, _ to: Node) {
        let copies = self.random.chance(self.conditions.duplication) ? 2 : 1
        for _ in 0..<copies {
            self.messageCount += 1
            let delay = self.random.pick(self.conditions.delay)
            guard !self.random.chance(self.conditions.loss), !self.isCutOff(from), !self.isCutOff(to) else { continue }
            self.queue.insert(step, at: self.now.advanced(by: .milliseconds(delay)))
        }
    }

    private func isCutOff(_ node: Node) -> Bool {
        !self.cutOff.isEmpty && self.cutOff.contains(node)
    }
}
