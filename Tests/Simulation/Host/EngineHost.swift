// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// The rules of the shell around the engines, without locks and awaits: what takes time is a timer of the world.
final class EngineHost: SimulatedHost {
    final class Shard {
        var engine: RLSEngine
        var waiters: [RLSDialogID: (subscribe: RLSSubscribe, transaction: Int)] = [:]

        init(_ engine: consuming RLSEngine) {
            self.engine = engine
        }
    }

    /// What goes on after a while.
    enum Step {
        case authorized(RLSSubscribe, transaction: Int, shard: Int, RLSListService)
        case resolved(RLSSubscribe, transaction: Int, shard: Int, RLSListService, RLSAuthorization)
        case refreshAsked(RLSSubscribe, transaction: Int, RLSDialogTicket)
        case recheckAsked(RLSDialogTicket)
        case storeDone(Int)
        case commitTimeout(Int)
        case flush(all: Bool)
        case wake
        case clean
    }

    let configuration: RLSConfiguration
    unowned let world: SimulatedWorld
    let generation: Int
    var shards: [Shard] = []
    private(set) var stopping: RLSShutdown?
    /// The store is read when the process begins, also while it takes no writes.
    let hasLoaded = true
    private var isFlushDue = false
    private var lastTimeout = RLSInstant.zero

    init(_ world: SimulatedWorld, _ configuration: RLSConfiguration, generation: Int, seed: UInt64) {
        self.world = world
        self.configuration = configuration
        self.generation = generation
        var random = SeededGenerator(seed: seed)
        for index in 0..<configuration.shards {
            let seed = RLSSeed(random.next(), random.next(), random.next(), random.next())
            var engine = RLSEngine(
                configuration: configuration,
                shard: index,
                shardCount: configuration.shards,
                seed: seed,
                now: world.now
            )
            engine.isPersistent = true
            engine.epochSeconds = world.epochSeconds
            self.shards.append(Shard(engine))
        }
        self.restore()
        self.later(.flush(all: true), in: 5000)
        if self.hasDormant { self.later(.wake, in: 250) }
        self.later(.clean, in: 100_000)
    }

    private func restore() {
        let store = self.world.store
        // Sorted: a dictionary has another order in each process.
        for dialog in store.dialogs.values.sorted(by: { $0.key.did < $1.key.did }) {
            guard let dialog = self.world.spoil(dialog) else { continue }
            self.shard(of: dialog.key).engine.restore(.dialog(dialog), now: self.world.now)
        }
        let states = store.states.values.sorted {
            ($0.dialog.did, $0.resourceURI) < ($1.dialog.did, $1.resourceURI)
        }
        for state in states {
            self.shard(of: state.dialog).engine.restore(.state(state), now: self.world.now)
        }
        for shard in self.shards { shard.engine.finishRestoring() }
    }

    /// Restored dialogs that have not been woken.
    var hasDormant: Bool { self.shards.contains { $0.engine.statistics.dormantDialogs > 0 } }

    private func shard(of key: RLSDialogKey) -> Shard {
        self.shards[RLSEngine.shard(of: key, shardCount: self.shards.count)]
    }

    /// The engines' next deadline; a little later than the last call, because a deadline may be early.
    var nextDeadline: RLSInstant? {
        var earliest: RLSInstant?
        for shard in self.shards {
            guard let deadline = shard.engine.nextDeadline else { continue }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest.map { max($0, self.lastTimeout.advanced(by: .milliseconds(1))) }
    }

    func handleTimeouts() {
        self.lastTimeout = self.world.now
        for shard in self.shards {
            guard let deadline = shard.engine.nextDeadline, deadline <= self.world.now else { continue }
            self.call(shard) { $0.handleTimeout(now: self.world.now) }
        }
    }

    func learn(_ outcome: RLSTransactionOutcome, of transaction: RLSTransactionID) {
        self.call(self.shards[transaction.shardIndex]) { $0.outcome(outcome, for: transaction, now: self.world.now) }
    }

    func beginStop(_ mode: RLSShutdown) {
        self.stopping = mode
        for shard in self.shards {
            self.call(shard) { $0.beginDrain(mode, now: self.world.now) }
        }
    }

    var isStopped: Bool {
        self.world.store.jobs.isEmpty && self.shards.allSatisfy { $0.engine.isDrained && !$0.engine.hasUrgentChanges }
    }

    func crash() {
        self.world.store.crash(&self.world.random)
    }

    var storedDialogs: [RLSDialogKey] { self.world.store.dialogs.keys.sorted { $0.did < $1.did } }
    var storedStates: Int { self.world.store.states.count }

    var statistics: RLSStatistics {
        self.shards.map { $0.engine.statistics }.reduce(RLSStatistics(), +)
    }

    /// Calls an engine and executes what it wants done.
    func call(_ shard: Shard, transaction: Int? = nil, _ body: (inout RLSEngine) -> [RLSAction]) {
        shard.engine.epochSeconds = self.world.epochSeconds
        let actions = body(&shard.engine)
        self.after(shard)
        self.world.execute(actions, answering: transaction)
    }

    private func after(_ shard: Shard) {
        _ = shard.engine.takeEvents()
        if shard.engine.hasUrgentChanges, !self.isFlushDue {
            self.isFlushDue = true
            self.later(.flush(all: false), in: 5)
        }
    }

    /// The handling of a dialog has ended: who waits for it begins, rechecks are done now.
    func handlingEnded(_ dialog: RLSDialogID) {
        let shard = self.shards[dialog.shardIndex]
        if let waiter = shard.waiters.removeValue(forKey: dialog) {
            self.begin(waiter.subscribe, transaction: waiter.transaction, shard: dialog.shardIndex)
        }
        for ticket in shard.engine.dialogsToRecheck() {
            self.later(.recheckAsked(ticket), in: self.world.plugDelay())
        }
    }

    func later(_ step: Step, in milliseconds: Int) {
        self.world.schedule(.host(self.generation) { self.perform(step) }, in: .milliseconds(milliseconds))
    }

    func flush(all: Bool) {
        if all {
            self.later(.flush(all: true), in: 5000)
        } else {
            self.isFlushDue = false
        }
        for shard in self.shards {
            shard.engine.epochSeconds = self.world.epochSeconds
            let changes = shard.engine.takeChanges(includingStates: all, now: self.world.now, limit: 10_000)
            if !changes.isEmpty { self.write(changes, nil) }
        }
    }
}
