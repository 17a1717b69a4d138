// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// What phones and presence servers do.
extension SimulatedWorld {
    func subscribe(_ index: Int, expires: UInt32? = nil) {
        guard !self.phones[index].isAsking else { return }
        if case .terminated = self.phones[index].watcher.phase { self.phones[index].renew() }
        if case .refused = self.phones[index].watcher.phase { self.phones[index].renew() }
        let isNew = self.phones[index].watcher.phase == .idle
        guard self.phones[index].wantsList || !isNew else { return }
        self.phones[index].isAsking = true
        let expires = expires ?? (self.phones[index].wantsList ? nil : 0)
        self.phones[index].isLeaving = expires == 0
        let request = self.phones[index].watcher.subscribe(expires: expires)
        // It may be carried out by a server that crashes before it answers.
        if expires == 0 { self.mayHaveEnded[self.phones[index].watcher.options.callID] = self.now }
        self.note(
            "phone\(index) sends SUBSCRIBE \(self.string(request.callID)) \(self.string(request.headers.first(.cSeq))) expires \(self.string(request.headers.first(.expires)))"
        )
        _ = self.network.send(request, from: .watcher(index), to: .server)
    }

    func phoneReceives(_ arrival: SimulatedNetwork.Arrival, _ index: Int) {
        let callID = self.string(arrival.request.callID)
        let now = self.now
        let mood = self.phones[index].mood
        let answer: StrictWatcher.Answer =
            switch mood {
            case .good: .ok
            case .refusing(let status): .refuse(status)
            case .silent: .silence
            }
        let response =
            self.phones[index].withWatcher(callID) { watcher, isCurrent -> SIPResponse? in
                // What the phone has given up it does not know any more.
                guard isCurrent else { return SIPResponse(to: arrival.request, 481) }
                return watcher.receive(arrival.request, at: now, answering: answer)
            } ?? SIPResponse(to: arrival.request, 481)
        if let response {
            self.network.respond(response, to: arrival.transaction)
        }
        self.phoneReacts(index)
    }

    func phoneLearns(_ index: Int, _ outcome: RLSTransactionOutcome) {
        let now = self.now
        switch outcome {
        case .response(let response):
            let callID = self.string(response.callID)
            guard self.phones[index].watcher.options.callID == callID else { return }
            self.phones[index].isAsking = false
            self.phones[index].watcher.receive(response, at: now)
            if response.statusCode >= 300, self.phones[index].watcher.phase == .active {
                self.lookAgain(index, in: .seconds(self.random.pick(2...8)))
            }
        case .timeout, .transportError:
            // RFC 6665 4.1.2.2 and RFC 5057: the server is gone, or the dialog is; begin anew.
            self.phones[index].renew()
            self.schedule(.subscribe(phone: index), in: .seconds(self.random.pick(1...5)))
            return
        }
        self.phoneReacts(index)
    }

    private func phoneReacts(_ index: Int) {
        switch self.phones[index].watcher.phase {
        case .active, .pending:
            let isWanted = self.phones[index].wantsList || self.phones[index].isLeaving
            if self.phones[index].watcher.wantsRefresh || !isWanted { self.subscribe(index) }
            guard let end = self.phones[index].watcher.expiresAt else { return }
            let left = max(1, Int(end.duration(since: self.now) / .seconds(1)))
            self.lookAgain(index, in: .seconds(max(1, left * 8 / 10)))
        case .terminated, .refused:
            guard self.phones[index].wantsList else { return }
            let isForbidden = self.phones[index].watcher.phase == .refused(403)
            self.lookAgain(index, in: .seconds(isForbidden ? self.random.pick(20...60) : self.random.pick(1...3)))
        case .asking:
            if !self.phones[index].isAsking { self.lookAgain(index, in: Self.timerN) }
        case .idle: break
        }
    }

    /// RFC 6665 4.1.2.4: how long a phone waits for the NOTIFY after a 2xx.
    private static var timerN: Duration { .seconds(32) }

    /// Has ``refresh(_:_:)`` called then, unless it is called before.
    private func lookAgain(_ index: Int, in delay: Duration) {
        let due = self.now.advanced(by: delay)
        if let earlier = self.phones[index].refreshDue, earlier <= due { return }
        self.phones[index].refreshDue = due
        self.schedule(.refresh(phone: index, callID: self.phones[index].watcher.options.callID), in: delay)
    }

    /// It is time to look whether the subscription has to be refreshed, or begun anew.
    func refresh(_ index: Int, _ callID: String) {
        if let due = self.phones[index].refreshDue, due <= self.now { self.phones[index].refreshDue = nil }
        guard self.phones[index].watcher.options.callID == callID else { return self.phoneReacts(index) }
        if case .active = self.phones[index].watcher.phase, let end = self.phones[index].watcher.expiresAt,
            end.duration(since: self.now) > .seconds(Int64(self.phones[index].expires / 4))
        {
            // A refresh, or another grant, came in between.
            return self.phoneReacts(index)
        }
        // The 2xx has had no NOTIFY in time.
        if self.phones[index].watcher.phase == .asking, !self.phones[index].isAsking { self.phones[index].renew() }
        self.subscribe(index)
    }

    func presenceReceives(_ arrival: SimulatedNetwork.Arrival, _ index: Int) {
        guard arrival.request.method == .subscribe else { return }
        for step in self.presence[index].subscribe(arrival.request, at: self.now) {
            switch step {
            case .respond(let response): self.network.respond(response, to: arrival.transaction)
            case .notify(let notify): self.presenceSends(notify, index)
            }
        }
    }

    func presenceSends(_ notify: SIPRequest, _ index: Int) {
        self.note(
            "pa\(index) sends NOTIFY \(self.string(notify.callID)) \(self.string(notify.headers.first(.cSeq))) \(self.string(notify.headers.first(.subscriptionState))) \(FakeState(notify.body).map { "\($0.resource) \($0.sequence)" } ?? "")"
        )
        let id = self.network.send(notify, from: .presence(index), to: .server)
        self.presenceRequests[id] = notify
    }

    func presenceLearns(_ index: Int, _ transaction: Int, _ outcome: RLSTransactionOutcome) {
        guard let notify = self.presenceRequests.removeValue(forKey: transaction) else { return }
        var status: Int?
        if case .response(let response) = outcome { status = response.statusCode }
        self.presence[index].notifyEnded(notify, status: status)
    }

    func truth(of resource: String, for watcher: String) -> PresenceTruth {
        self.presence[self.presenceIndex(of: resource)].truth(of: resource, for: watcher)
    }

    func presenceIndex(of resource: String) -> Int {
        let host = resource.split(separator: "@").last ?? ""
        return Int(host.dropFirst(2).prefix { $0.isNumber }) ?? 0
    }
}
