// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// The shards, and what has to be done after each call of an engine.
final class ShardSet: Sendable {
    let configuration: RLSConfiguration
    let environment: RLSEnvironment
    let reporter: Reporter
    let sleeper: Sleeper
    let listChanges: ListChangeQueue
    /// An engine has urgent changes for the store.
    let storeSignal = Signal()
    /// Something happened that may have ended the drain.
    let drainSignal = Signal()
    private let isPersistent: Bool
    private let shards: [Locked<Shard>]

    var count: Int { self.shards.count }

    init(
        configuration: RLSConfiguration,
        environment: RLSEnvironment,
        reporter: Reporter,
        sleeper: Sleeper,
        listChanges: ListChangeQueue,
        isPersistent: Bool
    ) {
        self.configuration = configuration
        self.environment = environment
        self.reporter = reporter
        self.sleeper = sleeper
        self.listChanges = listChanges
        self.isPersistent = isPersistent
        let count = Self.count(configuration.shards)
        self.shards = (0..<count).map { index in
            let seed = Self.makeSeed(environment)
            return Locked(
                Shard(index, of: count, configuration, seed: seed, now: environment.now(), isPersistent: isPersistent)
            )
        }
    }

    /// Calls an engine under the lock of its shard, then does what follows from it outside.
    func handle<Value: Sendable>(_ index: Int, _ body: (inout Shard, RLSInstant) -> Value) -> Value {
        let (value, aftermath) = self.call(index, body)
        if let deadline = aftermath.deadline {
            self.sleeper.note(deadline)
        }
        self.act(on: aftermath)
        return value
    }

    /// The same for calls that make records for the store.
    func handleRecords<Value: Sendable>(_ index: Int, _ body: (inout Shard, RLSInstant) -> Value) -> Value {
        let epochSeconds = self.environment.epochSeconds()
        return self.handle(index) { shard, now in
            shard.engine.epochSeconds = epochSeconds
            return body(&shard, now)
        }
    }

    /// Calls an engine when something of it is due; for the driver, which looks at the deadline itself.
    ///
    /// - Returns: what it wants sent, and its next deadline.
    func handleTimeout(_ index: Int) -> (actions: [RLSAction], deadline: RLSInstant?) {
        let epochSeconds = self.environment.epochSeconds()
        let (actions, aftermath) = self.call(index) { shard, now -> [RLSAction] in
            // An orderly end makes records.
            shard.engine.epochSeconds = epochSeconds
            guard let deadline = shard.engine.nextDeadline, deadline <= now else { return [] }
            return shard.engine.handleTimeout(now: now)
        }
        self.act(on: aftermath)
        return (actions, aftermath.deadline)
    }

    private func call<Value: Sendable>(
        _ index: Int,
        _ body: (inout Shard, RLSInstant) -> Value
    ) -> (Value, Aftermath) {
        let now = self.environment.now()
        return self.shards[index].withLock { shard in
            let value = body(&shard, shard.advance(to: now))
            return (value, Aftermath(&shard))
        }
    }

    /// Ends the handling of a prepared change, as the store decided.
    ///
    /// - Parameter reply: takes the actions, before a waiting SUBSCRIBE of the dialog goes on.
    func settle(_ ticket: RLSCommitTicket, _ result: CommitResult, reply: ([RLSAction]) -> Void) {
        let (actions, followUp) = self.handleRecords(ticket.dialog.shardIndex) { shard, now in
            let actions: [RLSAction] =
                switch result {
                case .written:
                    shard.engine.confirm(ticket, now: now)
                case .rejected:
                    shard.engine.abort(ticket, status: 500, now: now)
                case .failed:
                    shard.engine.abort(ticket, status: 503, now: now)
                case .givenUp(let mayLand):
                    shard.engine.abort(ticket, status: 503, mayLand: mayLand, now: now)
                }
            return (actions, shard.handlingEnded(of: ticket.dialog, now: now))
        }
        reply(actions)
        self.follow(followUp)
    }

    /// What waited for the end of a dialog's handling goes on.
    func follow(_ followUp: FollowUp) {
        if let waiter = followUp.waiter {
            waiter.continuation.resume(returning: waiter.turn)
        }
        self.listChanges.add(followUp.rechecks)
    }

    /// Counts of all shards together.
    var statistics: RLSStatistics {
        self.shards.reduce(RLSStatistics()) { $0 + $1.withLock { $0.engine.statistics } }
    }

    /// SUBSCRIBEs that wait for their turn.
    var waiterCount: Int {
        self.shards.reduce(0) { $0 + $1.withLock { $0.waiters.count } }
    }

    /// List subscriptions of a watcher in all shards but one; each is locked by itself.
    func listCount(of watcher: SIPURI, outside index: Int) -> Int {
        self.shards.indices.reduce(0) { sum, other in
            other == index ? sum : sum + self.shards[other].withLock { $0.engine.listCount(of: watcher) }
        }
    }

    /// Whether all engines have said what a drain has to say.
    var isDrained: Bool {
        self.shards.allSatisfy { $0.withLock { $0.engine.isDrained } }
    }

    /// Starts all engines afresh: a load broke off half-way and is going to be repeated.
    func reset() {
        for index in self.shards.indices {
            let seed = Self.makeSeed(self.environment)
            let now = self.environment.now()
            self.shards[index].withLock { shard in
                shard = Shard(
                    index,
                    of: self.count,
                    self.configuration,
                    seed: seed,
                    now: now,
                    isPersistent: self.isPersistent
                )
            }
        }
    }

    private func act(on aftermath: Aftermath) {
        if aftermath.hasUrgentChanges {
            self.storeSignal.set()
        }
        if aftermath.isDrained {
            self.drainSignal.set()
        }
        if !aftermath.events.isEmpty {
            self.reporter.report(aftermath.events)
        }
    }

    private static func count(_ wanted: Int) -> Int {
        var count = 1
        while count < min(wanted, 256) {
            count *= 2
        }
        return count
    }

    private static func makeSeed(_ environment: RLSEnvironment) -> RLSSeed {
        let random = environment.random
        return RLSSeed(random(), random(), random(), random())
    }
}
