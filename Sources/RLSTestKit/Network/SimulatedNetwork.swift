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

    private enum Step: Sendable {
        case send(Int)
        case arrive(Int)
        case answer(Int, SIPResponse)
        case fail(Int)
        case expire(Int)
        case forget(Int)
        case timer(Int)
    }

    private struct Transaction: Sendable {
        var request: SIPRequest
        var client: Node
        var server: Node
        var interval = Duration.milliseconds(500)
        var isOver = false
        var hasArrived = false
        var response: SIPResponse?
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
    private var transactions: [Int: Transaction] = [:]
    private var count = 0

    /// Creates a network.
    public init(seed: UInt64, now: RLSInstant = .zero) {
        self.random = SeededGenerator(seed: seed)
        self.now = now
    }

    /// Begins a client transaction.
    public mutating func send(_ request: SIPRequest, from client: Node, to server: Node) -> Int {
        self.count += 1
        let id = self.count
        self.transactions[id] = Transaction(request: request, client: client, server: server)
        if self.random.chance(self.conditions.transportErrors) {
            self.queue.insert(.fail(id), at: self.now)
        } else {
            self.queue.insert(.send(id), at: self.now)
            self.queue.insert(.expire(id), at: self.now.advanced(by: .seconds(32)))
        }
        self.queue.insert(.forget(id), at: self.now.advanced(by: .seconds(70)))
        return id
    }

    /// Answers a request. A later answer to the same one is not sent.
    public mutating func respond(_ response: SIPResponse, to transaction: Int) {
        guard let found = self.transactions[transaction] else { return }
        let isStateless = found.server == .server && found.request.method == .notify
        if !isStateless, found.response != nil { return }
        self.transactions[transaction]?.response = response
        self.transmit(.answer(transaction, response), between: found.server, found.client)
    }

    /// Makes ``Event/timer(_:)`` happen.
    public mutating func setTimer(_ token: Int, at time: RLSInstant) {
        self.queue.insert(.timer(token), at: max(time, self.now))
    }

    /// A node has crashed: what it sent is on its way, but it waits for nothing any more and has answered nothing.
    public mutating func crash(_ node: Node) {
        for (id, transaction) in self.transactions {
            if transaction.client == node { self.transactions[id]?.isOver = true }
            if transaction.server == node {
                self.transactions[id]?.hasArrived = false
                self.transactions[id]?.response = nil
            }
        }
    }

    /// The next thing that happens before `limit`, which becomes the time; nil, and the time is `limit`, when there is none.
    public mutating func next(before limit: RLSInstant) -> Event? {
        while let time = self.queue.nextTime, time < limit, let (_, step) = self.queue.removeFirst() {
            self.now = max(self.now, time)
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
        case .forget(let id):
            self.transactions[id] = nil
            return nil
        case .send(let id):
            guard let transaction = self.transactions[id], !transaction.isOver else { return nil }
            self.transmit(.arrive(id), between: transaction.client, transaction.server)
            self.queue.insert(.send(id), at: self.now.advanced(by: transaction.interval))
            self.transactions[id]?.interval = min(transaction.interval * 2, .seconds(4))
            return nil
        case .arrive(let id):
            return self.arrive(id)
        case .answer(let id, let response):
            return self.end(id, .response(response))
        case .expire(let id):
            return self.end(id, .timeout(lastCSeq: self.cSeq(id)))
        case .fail(let id):
            return self.end(id, .transportError(lastCSeq: self.cSeq(id)))
        }
    }

    private mutating func arrive(_ id: Int) -> Event? {
        guard let transaction = self.transactions[id], !self.cutOff.contains(transaction.server) else { return nil }
        let isStateless = transaction.server == .server && transaction.request.method == .notify
        if transaction.hasArrived, !isStateless {
            if let response = transaction.response {
                self.transmit(.answer(id, response), between: transaction.server, transaction.client)
            }
            return nil
        }
        self.transactions[id]?.hasArrived = true
        return .request(
            Arrival(transaction: id, request: transaction.request, from: transaction.client, to: transaction.server)
        )
    }

    private mutating func end(_ id: Int, _ outcome: RLSTransactionOutcome) -> Event? {
        guard let transaction = self.transactions[id], !transaction.isOver else { return nil }
        self.transactions[id]?.isOver = true
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
            guard !self.random.chance(self.conditions.loss), !self.cutOff.contains(from), !self.cutOff.contains(to)
            else { continue }
            self.queue.insert(step, at: self.now.advanced(by: .milliseconds(delay)))
        }
    }
}
