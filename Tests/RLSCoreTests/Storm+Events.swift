// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// What may happen.
extension Storm {
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
}
