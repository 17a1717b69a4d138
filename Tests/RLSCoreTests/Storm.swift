// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

@testable import RLSCore

/// An engine, watchers and presence servers, and what happens to them at random.
struct Storm: ~Copyable {
    /// What a watcher counts (RFC 4662 §5.2, R6665-51).
    struct Watcher {
        var tag: String
        var event: String
        var cSeq: UInt32 = 1
        var version: UInt32?
        var notifyCSeq: UInt32?
        var inFlight = false
    }

    /// A request of ours without an outcome.
    struct Pending {
        var outbound: RLSOutboundRequest
        var since: RLSInstant
    }

    var world: EngineWorld
    var random: SeededRandom
    var watchers: [String: Watcher] = [:]
    var pending: [Pending] = []
    var servers: [(request: SIPRequest, cSeq: UInt32)] = []
    var commits: [RLSCommitTicket] = []
    var nextCallID = 0
    var notifies = 0

    init(seed: UInt64) {
        self.world = EngineWorld(
            EngineWorld.configuration {
                $0.waitnTime = .seconds(1)
                $0.maxNotifyBodySize = 4_000
                $0.maxListsPerWatcher = 1_000
                $0.eventPackages = [.presence, .dialog]
                $0.maxQueuedDeltas = 3
                $0.backendRate = 200
                $0.backendInFlightPerHop = 10
            },
            isPersistent: true
        )
        self.random = SeededRandom(seed: RLSSeed(seed, 7, 8, 9))
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self.random) }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[self.below(values.count)] }

    mutating func take(_ actions: [RLSAction]) throws {
        for outbound in actions.requests {
            if outbound.request.method == .notify {
                self.notifies += 1
                let callID = outbound.request.text(.callID) ?? ""
                let notify = try ListNotify(outbound)
                guard var watcher = self.watchers[callID] else {
                    throw ListNotify.Failure(description: "a NOTIFY for nobody")
                }
                if watcher.inFlight { throw ListNotify.Failure(description: "two NOTIFYs in flight") }
                if notify.version != watcher.version.map({ $0 + 1 }) ?? 0 {
                    throw ListNotify.Failure(description: "version \(notify.version) after \(watcher.version ?? 0)")
                }
                if notify.cSeq != watcher.notifyCSeq.map({ $0 + 1 }) ?? 1 {
                    throw ListNotify.Failure(description: "CSeq \(notify.cSeq)")
                }
                if watcher.version == nil, !notify.isFull {
                    throw ListNotify.Failure(description: "first not full")
                }
                watcher.version = notify.version
                watcher.notifyCSeq = notify.cSeq
                watcher.inFlight = true
                self.watchers[callID] = watcher
            } else if outbound.request.text(.expires) != "0", outbound.request.text(.cSeq) == "1 SUBSCRIBE" {
                self.servers.append((outbound.request, 0))
            }
            self.pending.append(Pending(outbound: outbound, since: self.world.now))
        }
    }

    mutating func settle(_ index: Int, _ status: Int) throws {
        let next = self.pending.remove(at: index)
        if next.outbound.request.method == .notify {
            self.watchers[next.outbound.request.text(.callID) ?? ""]?.inFlight = false
        }
        if status == 0 {
            let number = try next.outbound.request.cSeq.number
            try self.take(
                self.world.engine.outcome(
                    .timeout(lastCSeq: number),
                    for: next.outbound.transaction,
                    now: self.world.now
                )
            )
            return
        }
        var lines: [(SIPHeaderName, String)] = []
        if next.outbound.request.method == .subscribe, status == 200 {
            let expires = next.outbound.request.text(.expires) == "0" ? "0" : self.pick(["600", "60", "0", "3600"])
            lines.append((.expires, expires))
        }
        if status == 423 { lines.append((.minExpires, self.pick(["900", "60"]))) }
        if status == 503 { lines.append((.retryAfter, self.pick(["1", "30"]))) }
        try self.take(self.world.answer(next.outbound, status, lines: lines))
    }

    mutating func finish(_ preparation: RLSPreparation) throws {
        switch preparation {
        case .done(let actions): try self.take(actions)
        case .commit(let ticket, _): self.commits.append(ticket)
        }
    }

    mutating func pass(_ duration: Duration) throws {
        // The proxy reports an outcome within 32 s.
        while let index = self.pending.firstIndex(where: {
            self.world.now.duration(since: $0.since) > .seconds(25)
        }) {
            try self.settle(index, 0)
        }
        let end = self.world.now.advanced(by: duration)
        var calls = 0
        while let deadline = self.world.engine.nextDeadline, deadline <= end {
            self.world.now = max(self.world.now, deadline)
            try self.take(self.world.engine.handleTimeout(now: self.world.now))
            calls += 1
            if calls > 20_000 { throw ListNotify.Failure(description: "the engine spins") }
        }
        self.world.now = end
    }

    mutating func step() throws {
        switch self.below(24) {
        case 0...2: try self.subscribe()
        case 3...4:
            let callIDs = self.watchers.keys.sorted()
            if !callIDs.isEmpty { try self.refresh(self.pick(callIDs)) }
        case 5...7: try self.commit()
        case 8...13:
            guard !self.pending.isEmpty else { return }
            let status = self.pick([200, 200, 200, 200, 200, 200, 200, 202, 500, 503, 481, 423, 403, 404, 480, 0])
            try self.settle(self.below(self.pending.count), status)
        case 14...19: try self.serverNotify()
        case 20: try self.pass(.milliseconds(self.below(5_000)))
        case 21: try self.pass(.milliseconds(self.below(200)))
        case 22:
            let scope: RLSListScope = self.pick([.documents(["doc"]), .everything])
            if self.below(4) == 0 {
                try self.recheck(self.world.engine.dialogs(affectedBy: scope, now: self.world.now))
            }
            try self.recheck(self.world.engine.dialogsToRecheck())
        default:
            _ = self.world.engine.takeChanges(
                includingStates: self.below(2) == 0,
                now: self.world.now,
                limit: self.below(20) + 1
            )
            _ = self.world.engine.takeEvents()
        }
    }

    /// Everybody becomes quiet.
    mutating func end() throws -> RLSStatistics {
        while !self.commits.isEmpty { try self.commit() }
        try self.take(self.world.engine.beginDrain(.endDialogs, now: self.world.now))
        for _ in 0..<400 {
            while !self.pending.isEmpty { try self.settle(0, 200) }
            try self.pass(.milliseconds(500))
        }
        #expect(self.world.engine.isDrained == true)
        return self.world.engine.statistics
    }
}
