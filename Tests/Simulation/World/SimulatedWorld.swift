// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// Everything: phones, the server, presence servers, lists, the network between them, and what goes wrong.
///
/// One seed gives one run. The world knows the truth on its own and checks what the server does against it.
final class SimulatedWorld {
    enum Step {
        /// Of the server with this generation.
        case host(Int, () -> Void)
        case subscribe(phone: Int)
        case refresh(phone: Int, callID: String)
        case act
        case changeList(phone: Int)
        case check
        /// The process with this generation has been told to end; how often it was looked at.
        case stopping(generation: Int, Int)
        case repair(Repair)
    }

    enum Repair {
        case presence(Int), phone(Int), network, resolver, lie, store, mood(Int), manners(String), verdict(String)
    }

    let settings: SimulationSettings
    let seed: UInt64
    var random: SeededGenerator
    var network: SimulatedNetwork
    var store = SimulatedStore()
    private var runningHost: (any SimulatedHost)?
    /// Dialogs that wait for the store: nothing may be sent for them.
    var committing: Set<RLSDialogKey> = []
    /// The server that runs now.
    var host: any SimulatedHost {
        get {
            guard let host = self.runningHost else { preconditionFailure("the initialiser starts the first one") }
            return host
        }
        set { self.runningHost = newValue }
    }
    var phones: [Phone] = []
    var presence: [FakePresenceServer] = []
    var lists: [String: (owner: String, entries: [String], revision: Int)] = [:]
    var resolver = Resolver()
    var verdicts = Verdicts()
    /// Lists that this process of the server has been told about since it began: only their dialogs may be awake.
    var awakened: Set<String> = []
    /// Dialogs that the store had when this process began, and that nothing has been sent for, by Call-ID.
    var dormant: Set<String> = []
    /// Those dialogs, until it begins.
    var storedDialogs: [RLSDialogKey] = []
    var deltas = Documents()
    var traffic = BackendTraffic()
    var owners = BackendOwners()
    /// When a refusal for good was taken back, by watcher and resource.
    var forgivenAt: [String: RLSInstant] = [:]
    /// Of the real shell.
    private var machine: ShellMachine?
    var failure: SimulationFailure?
    var actionCount = 0
    var isHealed = false
    /// When the hour ends that is being simulated, and how many messages there were before it.
    private(set) var hourEnd = RLSInstant.zero
    private var messagesBeforeHour = 0
    var restarts = 0
    /// The server that runs now has loaded its store.
    var hasLoaded = false
    /// An orderly end has begun and is not done.
    var isStopping = false
    /// It is one that ends all subscriptions.
    var isDraining = false
    /// Subscriptions that such an end has ended, by Call-ID; the phone may not have heard of it.
    var drained: Set<String> = []
    /// Subscriptions that the server may have ended without the phone having heard of it, by Call-ID: it was asked to, or the
    /// authoriser or the resolver said so; and when that was.
    var mayHaveEnded: [String: RLSInstant] = [:]
    /// Transactions of the server: what the engine calls them.
    var transactions: [Int: (id: RLSTransactionID, request: SIPRequest, generation: Int)] = [:]
    var presenceRequests: [Int: SIPRequest] = [:]
    private var steps: [Int: Step] = [:]
    private var stepCount = 0
    /// The newest document that the server has accepted, by watcher and resource.
    var accepted: [String: UInt64] = [:]
    /// The last document shown, by Call-ID and resource.
    var shown: [String: UInt64] = [:]
    var sequences: [String: UInt64] = [:]
    /// What the planted bugs remember.
    var plantedCount = 0
    var plantedBodies: [String: [UInt8]] = [:]
    var plantedVictims: Set<String> = []
    var plantedRequests: [String: RLSOutboundRequest] = [:]
    /// The last lines of what happened, when asked for.
    var trace: [String] = []
    var isTracing = false
    /// RLMI documents that were sent, when asked for.
    var documents: [[UInt8]] = []
    var documentLimit = 0

    init(seed: UInt64, settings: SimulationSettings = SimulationSettings()) {
        self.seed = seed
        self.settings = settings
        self.random = SeededGenerator(seed: seed)
        self.network = SimulatedNetwork(
            seed: seed &* 31 &+ 7,
            now: RLSInstant(nanoseconds: 1_000_000_000)
        )
        for index in 0..<settings.presenceServers {
            self.presence.append(FakePresenceServer(contact: "sip:pa@pa\(index).example.org"))
            self.presence[index].numbersDocuments = settings.deltaBodies
        }
        for index in 0..<settings.phones {
            // Two phones of one watcher now and then, and lists that share resources.
            let identity = "sip:user\(index / 2)@example.com"
            let list = "sip:list\(index)@example.com"
            self.lists[list] = (identity, self.someResources(), 0)
            let expires = settings.grants[self.random.pick(0...(settings.grants.count - 1))]
            self.phones.append(
                Phone(
                    index: index,
                    identity: identity,
                    list: list,
                    expires: expires,
                    settings
                )
            )
            self.schedule(.subscribe(phone: index), in: .milliseconds(self.random.pick(0...5000)))
        }
        self.startHost(generation: 0)
        self.schedule(.act, in: .seconds(5))
        self.schedule(.check, in: .seconds(1))
    }

    func startHost(generation: Int) {
        self.hasLoaded = false
        self.committing = []
        self.awakened = []
        self.traffic = BackendTraffic()
        self.owners = BackendOwners()
        self.resolver.forgetAnswers()
        for dialog in self.storedDialogs { self.mayOwn(dialog) }
        self.storedDialogs = []
        let configuration = self.settings.configuration
        if self.settings.usesShell {
            let machine = self.machine ?? ShellMachine(self)
            self.machine = machine
            self.host = ShellHost(machine, configuration, generation: generation)
        } else {
            self.host = EngineHost(self, configuration, generation: generation, seed: self.random.next())
        }
    }

    /// Nothing more happens. Tasks of the real shell would wait for ever otherwise.
    func end() {
        if self.settings.usesShell { self.host.crash() }
    }

    func beginHour() {
        self.hourEnd = self.now.advanced(by: .seconds(3600))
        self.messagesBeforeHour = self.network.messageCount
    }

    var messagesThisHour: Int { self.network.messageCount - self.messagesBeforeHour }

    var now: RLSInstant { self.network.now }
    var epochSeconds: Int64 { 1_700_000_000 + Int64(self.now.nanoseconds / 1_000_000_000) }

    func someResources() -> [String] {
        let count = self.random.pick(0...self.settings.entriesPerList)
        var resources = (0..<self.settings.resources).map { self.resource($0) }
        resources.shuffle(using: &self.random)
        return Array(resources.prefix(count))
    }

    func resource(_ index: Int) -> String {
        "sip:r\(index)@pa\(index % self.settings.presenceServers).example.org"
    }

    func schedule(_ step: Step, in delay: Duration) {
        self.stepCount += 1
        self.steps[self.stepCount] = step
        self.network.setTimer(self.stepCount, at: self.now.advanced(by: delay))
    }

    func note(_ text: @autoclosure () -> String) {
        guard self.isTracing else { return }
        self.trace.append("\(Double(self.now.nanoseconds / 1_000_000) / 1000) \(text())")
        if self.trace.count > 400 { self.trace.removeFirst(200) }
    }

    func fail(_ rule: String, _ message: String) {
        self.note("FAILURE \(rule) \(message)")
        self.failure = self.failure ?? SimulationFailure(time: self.now, rule: rule, message: message)
    }

    /// Lets time pass, until something is wrong.
    func run(for duration: Duration) throws(SimulationFailure) {
        let end = self.now.advanced(by: duration)
        while self.now < end {
            let deadline = self.host.nextDeadline ?? end
            let limit = min(end, max(deadline, self.now.advanced(by: .nanoseconds(1))))
            if let event = self.network.next(before: limit) {
                self.perform(event)
            } else if deadline <= self.now {
                self.host.handleTimeouts()
            }
            if let failure = self.failure { throw failure }
        }
    }

    private func perform(_ event: SimulatedNetwork.Event) {
        switch event {
        case .timer(let token):
            guard let step = self.steps.removeValue(forKey: token) else { return }
            self.perform(step)
        case .request(let arrival):
            switch arrival.to {
            case .server:
                guard let arrival = self.spoil(arrival) else { return }
                self.host.receive(arrival, via: self.path(from: arrival.from))
            case .watcher(let index): self.phoneReceives(arrival, index)
            case .presence(let index): self.presenceReceives(arrival, index)
            }
        case .outcome(let transaction, let outcome, let client):
            switch client {
            case .server: self.serverLearns(transaction, outcome)
            case .watcher(let index): self.phoneLearns(index, outcome)
            case .presence(let index): self.presenceLearns(index, transaction, outcome)
            }
        }
    }

    private func perform(_ step: Step) {
        switch step {
        case .host(let generation, let body):
            guard generation == self.host.generation else { return }
            body()
        case .subscribe(let phone): self.subscribe(phone)
        case .refresh(let phone, let callID): self.refresh(phone, callID)
        case .act: self.act()
        case .changeList(let phone): if !self.isHealed { self.changeList(of: phone) }
        case .check:
            self.check()
            self.schedule(.check, in: .seconds(1))
        case .stopping(let generation, let count): self.awaitStop(generation, count)
        case .repair(let repair): self.repair(repair)
        }
    }

    private func path(from node: SimulatedNetwork.Node) -> SIPPath {
        let remote: SIPPath.Address =
            switch node {
            case .watcher(let index): .init(host: "192.0.2.\(index + 10)", port: 5060)
            case .presence(let index): .init(host: "198.51.100.\(index + 1)", port: 5060)
            case .server: .init(host: "203.0.113.1", port: 5060)
            }
        return SIPPath(transport: .udp, local: .init(host: "rls.example.com", port: 5060), remote: remote)
    }
}
