// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

extension SimulatedWorld {
    /// Does what the engine wants done, as the proxy does it.
    func execute(_ actions: [RLSAction], answering transaction: Int?) {
        for action in self.spoil(actions) {
            switch action {
            case .reply(let response):
                guard let transaction else {
                    self.fail("API", "a reply without request: \(response.statusCode)")
                    continue
                }
                self.reply(response, to: transaction)
            case .toPresenceCode:
                guard let transaction, let request = self.network.request(of: transaction) else { continue }
                self.reply(SIPResponse(to: request, 404), to: transaction)
            case .sendRequest(let outbound):
                self.send(outbound)
            }
        }
    }

    private func reply(_ response: SIPResponse, to transaction: Int) {
        guard let request = self.network.request(of: transaction) else { return }
        let callID = self.string(request.callID)
        if request.method == .subscribe {
            self.note("server answers SUBSCRIBE \(callID) with \(response.statusCode)")
            if let phone = self.phoneIndex(callID) {
                self.checkReply(response, callID, phone)
            }
        } else {
            self.note(
                "server answers NOTIFY \(callID) \(self.string(request.headers.first(.cSeq))) with \(response.statusCode)"
            )
            if response.statusCode == 200, (try? request.subscriptionState)??.state == .terminated {
                self.traffic.ended(callID)
                self.owners.ended(callID)
            }
            if response.statusCode == 200, let state = FakeState(request.body) {
                let key = "\(state.watcher) \(state.resource)"
                self.accepted[key] = max(self.accepted[key] ?? 0, state.sequence)
                self.documentAccepted(state, callID)
            }
        }
        self.network.respond(response, to: transaction)
    }

    private func checkReply(_ response: SIPResponse, _ callID: String, _ phone: Int) {
        let now = self.now
        let mayBeOver = self.isDraining || self.drained.contains(callID) || self.mayHaveEnded[callID] != nil
        // Whose list is gone gets a 2xx, too, and its last NOTIFY may still have to wait then.
        if (200..<300).contains(response.statusCode), ((try? response.expires) ?? nil) != 0,
            let since = self.mayHaveEnded[callID], now.duration(since: since) > .seconds(10)
        {
            self.mayHaveEnded[callID] = nil
        }
        self.phones[phone].withWatcher(callID) { watcher, _ in
            // The store counts whole seconds, so that a restored subscription is over a little early.
            let soon = self.restarts > 0 ? now.advanced(by: .seconds(3)) : now
            if response.statusCode == 481, watcher.isRunning(at: soon), !mayBeOver {
                self.fail("R6665-47", "\(callID): a confirmed dialog has disappeared")
            }
            watcher.serverAnswered(response, at: now)
        }
        self.collectViolations(phone, callID)
    }

    private func send(_ outbound: RLSOutboundRequest) {
        var request = outbound.request
        let callID = self.string(request.callID)
        let target: SimulatedNetwork.Node
        if request.method == .notify {
            guard let phone = self.phoneIndex(callID) else {
                return self.fail("API", "a NOTIFY to nobody: \(callID)")
            }
            self.checkNotify(request, callID, phone)
            target = .watcher(phone)
        } else {
            target = .presence(self.presenceIndex(request))
            self.note(
                "server sends SUBSCRIBE \(callID) \(self.string(request.requestURI)) expires \(self.string(request.headers.first(.expires)))"
            )
        }
        if request.method == .subscribe {
            self.countBackendRequest(request, callID)
            self.checkOwner(request, callID)
        }
        request.headers.prepend(.via, "SIP/2.0/UDP rls.example.com;branch=z9hG4bK-\(self.network.messageCount)")
        let id = self.network.send(request, from: .server, to: target)
        self.transactions[id] = (outbound.transaction, request, self.host.generation)
        if self.settings.plantedBug == .severalInFlight, request.method == .notify {
            self.host.learn(.response(SIPResponse(to: request, 200)), of: outbound.transaction)
        }
    }

    func serverLearns(_ transaction: Int, _ outcome: RLSTransactionOutcome) {
        guard let (id, request, generation) = self.transactions.removeValue(forKey: transaction),
            generation == self.host.generation
        else { return }
        if request.method == .subscribe { self.traffic.answered(self.string(request.callID)) }
        var status: Int?
        if case .response(let response) = outcome { status = response.statusCode }
        let callID = self.string(request.callID)
        self.note("server learns \(status.map(String.init) ?? "nothing") of \(request.method) \(callID)")
        if request.method == .notify, let phone = self.phoneIndex(callID) {
            let cSeq = (try? request.cSeq)?.number ?? 0
            let now = self.now
            let tag = self.string(request.fromTag)
            self.phones[phone].withWatcher(callID) { watcher, _ in
                // Another dialog of a SUBSCRIBE that came twice may have used the same number.
                guard watcher.knownServerTag == tag else { return }
                watcher.serverLearned(status: status, ofNotify: cSeq, at: now)
            }
        }
        self.host.learn(self.spoil(outcome, of: request), of: id)
    }

    /// Whose subscription a Call-ID is.
    func phoneIndex(_ callID: String) -> Int? {
        guard let name = callID.split(separator: "@").last, name.hasPrefix("phone") else { return nil }
        return Int(name.dropFirst(5))
    }

    func presenceIndex(_ request: SIPRequest) -> Int {
        let host = (try? request.uri)?.host ?? ""
        return Int(host.dropFirst(2).prefix { $0.isNumber }) ?? 0
    }

    func string(_ bytes: SIPBytes?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }
}
