// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

extension SimulatedWorld {
    /// What has to be true of every NOTIFY that leaves for a watcher.
    func checkNotify(_ request: SIPRequest, _ callID: String, _ phone: Int) {
        let now = self.now
        let tag = self.string(request.fromTag)
        let isStray =
            self.restarts > 0
            && self.phones[phone].withWatcher(callID) { watcher, _ in
                // After a crash in the middle of a SUBSCRIBE the server may know a dialog that the phone never got.
                watcher.wasRefused || watcher.mayReturn || watcher.isForked
                    || watcher.knownServerTag.map { $0 != tag } ?? true
            } ?? false
        // By its tags, too: a SUBSCRIBE that is repeated to a server started again begins another dialog.
        let dialog = RLSDialogKey(callID: callID, watcherTag: self.string(request.toTag), localTag: tag)
        let committing = self.committing.contains(dialog)
        if (try? request.subscriptionState)??.state == .terminated {
            self.owners.ended(dialog, watcher: self.phones[phone].identity)
        }
        let body: RLSListNotification? =
            self.phones[phone].withWatcher(callID) { watcher, _ in
                guard isStray else { return watcher.serverSent(request, at: now) }
                watcher.serverSentUnjudged(request)
                return nil
            } ?? nil
        if isStray { self.documentsUnknown(request, callID) }
        self.note(
            "server sends NOTIFY \(callID) \(self.string(request.headers.first(.cSeq))) \(self.string(request.headers.first(.subscriptionState))) \(self.summary(request))"
        )
        if committing, !isStray {
            self.fail("DESIGN-3", "\(callID): a NOTIFY while the dialog waits for the store")
        }
        self.collectViolations(phone, callID)
        guard let body else { return }
        if self.documents.count < self.documentLimit { self.documents.append(Array(body.rlmiBytes)) }
        self.checkSize(request, callID)
        self.checkDormant(request, body, callID, self.phones[phone].list)
        self.checkVerdict(request, body, callID, self.phones[phone].list)
        self.checkMembers(body, callID, self.phones[phone].list)
        self.checkStates(body, callID, self.phones[phone].identity, self.phones[phone].list)
    }

    /// S-SIZE: what is larger than the limit is split.
    private func checkSize(_ request: SIPRequest, _ callID: String) {
        let limit = self.settings.configuration.maxNotifyBodySize
        if request.body.count > limit {
            self.fail("S-SIZE", "\(callID): a body of \(request.body.count) bytes, the limit is \(limit)")
        }
    }

    /// A dialog from the store is silent until its list is known again, but for its last NOTIFY.
    private func checkDormant(_ request: SIPRequest, _ body: RLSListNotification, _ callID: String, _ list: String) {
        guard self.dormant.contains(callID) else { return }
        if self.awakened.contains(list) {
            self.dormant.remove(callID)
        } else if (try? request.subscriptionState)??.state != .terminated || !body.rlmi.resources.isEmpty {
            self.fail("DESIGN-3", "\(callID): a NOTIFY of a dialog that has not been woken")
        }
    }

    private func summary(_ request: SIPRequest) -> String {
        guard let body = try? RLSListNotification(request) else { return "" }
        let resources = body.rlmi.resources.map { resource in
            let instance = resource.instances.first
            let state = instance?.cid.flatMap { body.part($0) }.flatMap { FakeState($0.body) }
            return
                "\(resource.uri.dropFirst(4).prefix { $0 != "@" })=\(instance?.state.rawValue ?? "-")\(state.map { String($0.sequence) } ?? "")"
        }
        return "v\(body.rlmi.version) full \(body.rlmi.fullState) \(resources.joined(separator: " "))"
    }

    private func checkStates(_ body: RLSListNotification, _ callID: String, _ identity: String, _ list: String) {
        for resource in body.rlmi.resources {
            if !resource.instances.contains(where: { $0.cid != nil }) {
                self.documentReset("\(callID) \(resource.uri)")
            }
            for instance in resource.instances {
                guard let part = instance.cid.flatMap({ body.part($0) }) else { continue }
                guard let state = FakeState(part.body) else {
                    self.fail("R4662-125", "\(callID): the body of \(resource.uri) is not as it came")
                    continue
                }
                guard state.watcher == identity, state.resource == self.resolver.target(of: resource.uri, in: list)
                else {
                    self.fail(
                        "R4662-123",
                        "\(callID) shows for \(resource.uri) what \(state.watcher) may see of \(state.resource)"
                    )
                    continue
                }
                let key = "\(state.watcher) \(state.resource)"
                if state.sequence > self.accepted[key] ?? 0 || self.accepted[key] == nil {
                    self.fail("R4662-123", "\(callID) shows \(key) \(state.sequence), which the server never accepted")
                }
                let row = "\(callID) \(state.resource)"
                if let last = self.shown[row], state.sequence < last {
                    self.fail("R6665-73", "\(callID) shows \(resource.uri) \(state.sequence) after \(last)")
                }
                self.shown[row] = state.sequence
                self.checkDocument(state, row)
            }
        }
    }

    func collectViolations(_ phone: Int, _ callID: String) {
        let violations = self.phones[phone].withWatcher(callID) { watcher, _ in watcher.takeViolations() } ?? []
        for violation in violations {
            self.fail(violation.rule, "\(callID): \(violation)")
        }
    }

    /// What has to be true at any time.
    func check() {
        let now = self.now
        self.checkLoading()
        for index in self.phones.indices {
            // Nobody is told that the time is over while it stops or has not loaded its store, nor while a refresh that came in
            // time is being handled.
            let isJudged = !self.isStopping && self.hasLoaded && !self.phones[index].isAsking
            if isJudged { self.phones[index].watcher.check(at: now) }
            self.collectViolations(index, self.phones[index].watcher.options.callID)
        }
        for index in self.presence.indices {
            for notify in self.presence[index].expire(at: now) { self.presenceSends(notify, index) }
        }
    }

    private func checkLoading() {
        guard !self.hasLoaded, self.host.hasLoaded else { return }
        self.hasLoaded = true
        let stored = Set(self.host.storedDialogs.map(\.callID))
        let now = self.now
        for index in self.phones.indices {
            self.phones[index].withWatchers { watcher in
                watcher.serverLoaded(hasRecord: stored.contains(watcher.options.callID), at: now)
            }
        }
    }

    /// What has to be true when all has been well for long enough.
    func checkViews() {
        for phone in self.phones where phone.wantsList {
            let callID = phone.watcher.options.callID
            guard phone.watcher.phase == .active else {
                self.fail("VIEW", "\(callID) is \(phone.watcher.phase)")
                continue
            }
            let entries = self.lists[phone.list]?.entries ?? []
            let rows = phone.watcher.table.rows
            if rows.map(\.uri) != entries {
                self.fail("R4662-56", "\(callID) shows \(rows.map(\.uri)) and the list is \(entries)")
            }
            for row in rows {
                self.check(row, phone)
            }
        }
        self.checkSubscriptions()
    }

    /// No presence server has a subscription that is in no list.
    private func checkSubscriptions() {
        for server in self.presence {
            var counts: [String: Int] = [:]
            for subscription in server.subscriptions {
                counts["\(subscription.watcher) \(subscription.resource)", default: 0] += 1
            }
            for (key, count) in counts.sorted(by: { $0.key < $1.key }) {
                let wanted = self.phones.count { phone in
                    phone.wantsList
                        && (self.lists[phone.list]?.entries ?? []).contains { "\(phone.identity) \($0)" == key }
                }
                if count > wanted {
                    self.fail("R6665-75", "\(count) subscriptions of \(key), and \(wanted) lists that have it")
                }
            }
        }
    }

    private func check(_ row: WatcherTable.Row, _ phone: Phone) {
        let instance = row.instances.first
        let truth = self.truth(of: row.uri, for: phone.identity)
        let view: String =
            instance.map { instance in
                let number = instance.body.flatMap { FakeState($0) }.map { " \($0.sequence)" } ?? ""
                return "\(instance.state.rawValue)\(number) \(instance.reason ?? "")"
            } ?? "nothing"
        let isRight: Bool =
            switch truth {
            case .active(let sequence):
                instance?.state == .active && instance?.body.flatMap { FakeState($0) }?.sequence == sequence
            case .pending: instance?.state == .pending
            case .terminated(let reason, _): instance?.state == .terminated && instance?.reason == reason
            }
        if !isRight, !self.mayStillBeRefused(row, phone.identity) {
            self.fail("VIEW", "\(phone.watcher.options.callID) shows \(row.uri) as \(view); the truth is \(truth)")
        }
    }

    /// Who was refused for good asks again at the first refresh after an hour.
    private func mayStillBeRefused(_ row: WatcherTable.Row, _ watcher: String) -> Bool {
        guard row.instances.first?.reason == "rejected", let since = self.forgivenAt["\(watcher) \(row.uri)"] else {
            return false
        }
        let longest = Duration.seconds(3600 + 2 * Int64(self.settings.grants.max() ?? 0))
        return self.now < since.advanced(by: longest)
    }

    /// What has to be true 40 s after the last watcher has left.
    func checkEmpty() {
        let statistics = self.host.statistics
        if statistics != RLSStatistics() {
            self.fail("DESIGN-EMPTY", "left over: \(statistics)")
        }
        for server in self.presence where !server.subscriptions.isEmpty {
            self.fail("R6665-75", "left over at a presence server: \(server.subscriptions.map(\.resource))")
        }
        let dialogs = self.host.storedDialogs.map(\.callID)
        if !dialogs.isEmpty || self.host.storedStates > 0 {
            self.fail("S-STATE", "left over in the store: \(dialogs), \(self.host.storedStates) states")
        }
    }
}
