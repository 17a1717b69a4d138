// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

@testable import RLSCore

/// Random events on an engine; whatever comes, its promises hold and nothing is left at the end.
@Suite struct StormTests {
    /// What a watcher counts (RFC 4662 §5.2, R6665-51).
    private struct Watcher {
        var tag: String
        var event: String
        var cSeq: UInt32 = 1
        var version: UInt32?
        var notifyCSeq: UInt32?
        var inFlight = false
    }

    private struct Pending {
        var outbound: RLSOutboundRequest
        var since: RLSInstant
    }

    private struct Storm: ~Copyable {
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

        mutating func list() -> RLSResolvedList {
            var uris = (0..<12).map { "sip:m\($0)@h\($0 % 3).example.org" }
            uris.shuffle(using: &self.random)
            return RLSResolvedList(
                entries: uris.prefix(self.below(8)).map { uri in
                    RLSListEntry(
                        uri: uri,
                        target: try! SIPURI(uri),
                        names: uri.utf8.count % 2 == 0 ? [RLSDisplayName("N & \(uri)")] : []
                    )
                },
                sources: [RLSDocumentVersion(key: "doc")]
            )
        }

        mutating func verdict() -> RLSAuthorization {
            self.pick([.allow, .allow, .allow, .allow, .allow, .allow, .pending, .hide, .deny])
        }

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

        mutating func subscribe() throws {
            self.nextCallID += 1
            let callID = "storm-\(self.nextCallID)"
            let event = self.pick(["presence", "presence", "dialog"])
            let request = self.world.makeSubscribe(
                expires: self.pick([60, 120, 600, 0]),
                callID: callID,
                lines: ["Event: \(event)", "Accept: -"]
            )
            let subscribe = self.world.read(request)
            guard case .proceed = self.world.engine.admit(subscribe, service: EngineWorld.service, now: self.world.now)
            else { return }
            let verdict = self.verdict()
            guard verdict != .deny else { return }
            self.watchers[callID] = Watcher(tag: "", event: event)
            try self.finish(
                self.world.engine.prepare(
                    subscribe,
                    service: EngineWorld.service,
                    verdict: verdict,
                    list: verdict == .allow ? self.list() : nil,
                    now: self.world.now
                )
            )
        }

        mutating func refresh(_ callID: String) throws {
            guard var watcher = self.watchers[callID], !watcher.tag.isEmpty else { return }
            watcher.cSeq += 1
            self.watchers[callID] = watcher
            let request = self.world.makeSubscribe(
                expires: self.pick([600, 600, 60, 5, 0]),
                cSeq: watcher.cSeq,
                callID: callID,
                toTag: watcher.tag,
                lines: ["Event: \(watcher.event)", "Accept: -"]
            )
            let subscribe = self.world.read(request)
            switch self.world.engine.beginRefresh(subscribe, now: self.world.now) {
            case .answer(let actions): try self.take(actions)
            case .wait: break
            case .proceed(let ticket):
                if self.below(8) == 0 {
                    try self.take(self.world.engine.release(ticket, subscribe, status: 503, now: self.world.now))
                    return
                }
                let answers: [RLSListAnswer] = [
                    .unchanged, .unchanged, .failed(retryAfter: nil), .gone, .list(EngineWorld.service, self.list()),
                ]
                try self.finish(
                    self.world.engine.prepareRefresh(
                        ticket,
                        subscribe,
                        verdict: ticket.needsVerdict ? self.verdict() : nil,
                        answer: ticket.needsList ? self.pick(answers) : .notAsked,
                        now: self.world.now
                    )
                )
            }
        }

        mutating func commit() throws {
            guard !self.commits.isEmpty else { return }
            let ticket = self.commits.remove(at: self.below(self.commits.count))
            let actions =
                self.below(6) == 0
                ? self.world.engine.abort(ticket, status: 503, now: self.world.now)
                : self.world.engine.confirm(ticket, now: self.world.now)
            for reply in actions.replies where reply.statusCode == 200 {
                let callID = reply.text(.callID) ?? ""
                self.watchers[callID]?.tag = reply.toTag.map { String(decoding: $0, as: UTF8.self) } ?? ""
            }
            try self.take(actions)
        }

        mutating func recheck(_ tickets: [RLSDialogTicket]) throws {
            for ticket in tickets {
                let answers: [RLSListAnswer] = [.unchanged, .list(EngineWorld.service, self.list()), .gone]
                try self.finish(
                    self.world.engine.prepareRecheck(
                        ticket,
                        verdict: self.verdict(),
                        answer: self.below(10) == 0 ? .gone : self.pick(answers.dropLast()),
                        now: self.world.now
                    )
                )
            }
        }

        mutating func serverNotify() throws {
            guard !self.servers.isEmpty else { return }
            let index = self.below(self.servers.count)
            self.servers[index].cSeq += UInt32(self.below(3))
            let server = self.servers[index]
            let event = server.request.text(.event) ?? ""
            let states = [
                "active;expires=600", "active;expires=600", "active", "pending", "active;expires=30",
                "terminated;reason=deactivated", "terminated;reason=probation;retry-after=2",
                "terminated;reason=rejected", "terminated;reason=noresource", "terminated",
            ]
            let size = self.pick([0, 10, 100, 1_500, 5_000])
            let body = size == 0 ? "" : "<\(self.below(4))>" + String(repeating: "x", count: size)
            let type = event == "dialog" ? "application/dialog-info+xml" : "application/pidf+xml"
            try self.take(
                self.world.notify(
                    EngineWorld.makeNotify(
                        to: server.request,
                        cSeq: server.cSeq,
                        state: self.pick(states),
                        body: body,
                        tag: self.below(20) == 0 ? "fork" : "pa",
                        lines: ["Event: \(event)"] + (body.isEmpty ? [] : ["Content-Type: \(type)"])
                    )
                )
            )
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

    @Test(arguments: 1...8) func nothingBreaksAndNothingIsLeft(seed: UInt64) throws {
        var storm = Storm(seed: seed)
        for _ in 0..<1_000 {
            try storm.step()
        }
        let sent = storm.notifies
        #expect(sent > 20)
        #expect(try storm.end() == RLSStatistics())
    }
}
