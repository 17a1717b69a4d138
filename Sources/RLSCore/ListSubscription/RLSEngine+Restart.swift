// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// Takes a record from the store. Dialogs come before their states; `epochSeconds` has to be set.
    ///
    /// A restored dialog is dormant: it answers requests, but its members are not known until the resolver has
    /// delivered the list again. Nothing is sent. Records that are expired or cannot be read are left out.
    public mutating func restore(_ record: RLSStoredRecord, now: RLSInstant) {
        switch record {
        case .dialog(let stored): self.restore(stored, now: now)
        case .state(let stored): self.restore(stored)
        }
    }

    private mutating func restore(_ stored: RLSStoredDialog, now: RLSInstant) {
        // Whole seconds on both sides, cut off: one less, so that it is never longer than granted (R6665-55). When that
        // leaves nothing it is over now, and its watcher is told so (R6665-31).
        let left = stored.expires &- self.epochSeconds &- 1
        guard left >= 0, stored.reason != "not-restorable", self.dialogs.restoredDialog(stored.key) == nil,
            let watcher = try? SIPURI(stored.watcher), let contact = try? SIPURI(stored.contact),
            stored.localCSeq < DialogNumbers.last, stored.version < DialogNumbers.last
        else { return }
        let package =
            self.configuration.eventPackages.first { $0.name == stored.event } ?? .named(stored.event)
        let slot = self.dialogs.reserveSlot()
        let dialog = ListDialog(
            slot: slot,
            nonce: self.nonce(),
            key: stored.key,
            watcher: watcher,
            eventID: stored.eventID,
            eventParameters: stored.eventParameters,
            package: package,
            presentityURI: stored.presentityURI,
            remoteHeader: Array("<\(stored.from)>;tag=\(stored.key.watcherTag)".utf8),
            localHeader: Array("<\(stored.to)>;tag=\(stored.key.localTag)".utf8),
            routeSet: stored.routeSet,
            isLegacyClient: stored.isLegacyClient,
            assertsIdentity: stored.assertsIdentity,
            path: stored.path,
            remoteTarget: contact,
            localContact: "<\(stored.localContact)>",
            remoteCSeq: stored.remoteCSeq,
            expires: now.advanced(by: .seconds(left)),
            firstGrant: UInt32(clamping: left),
            accept: stored.accept,
            backendAccept: self.backendAccept(
                SIPCommaList.split(Array((stored.accept ?? "").utf8)[...]),
                package: package
            ),
            service: nil
        )
        dialog.isStored = true
        dialog.storedExpires = stored.expires
        dialog.state = .dormant
        dialog.restoration = DialogRestoration(isClean: stored.isClean)
        dialog.numbers = DialogNumbers(restoring: stored.localCSeq, version: stored.version)
        self.dialogs.insert(dialog, isRestored: true)
        self.setTimer(of: dialog)
    }

    private mutating func restore(_ stored: RLSStoredState) {
        guard let dialog = self.dialogs.restoredDialog(stored.dialog), dialog.state == .dormant else { return }
        let state = DialogRestoration.State(
            state: stored.state,
            reason: self.strings.intern(stored.reason),
            contentType: self.strings.intern(stored.contentType),
            body: self.bodies.intern(stored.body)
        )
        if let earlier = dialog.restoration?.states.updateValue(state, forKey: stored.resourceURI) {
            self.release(earlier)
        }
    }

    private mutating func release(_ state: DialogRestoration.State) {
        self.strings.release(state.reason)
        self.strings.release(state.contentType)
        self.bodies.release(state.body)
    }

    /// All records have been taken: from now on restored dialogs may be woken, the ones that expire soonest first.
    public mutating func finishRestoring() {
        for dialog in self.dialogs.all.filter({ $0.state == .dormant }).sorted(by: { $0.expires < $1.expires }) {
            self.wakeQueue.append(self.id(of: dialog))
        }
    }

    /// Restored dialogs to be woken; each is handed out once until it is answered.
    public mutating func dormantDialogs(limit: Int, now: RLSInstant) -> [RLSDialogTicket] {
        guard self.dialogs.dormantCount > 0, self.drain == nil else { return [] }
        var tickets: [RLSDialogTicket] = []
        var examined = self.wakeQueue.count
        while tickets.count < limit, examined > 0, let id = self.wakeQueue.popFirst() {
            examined -= 1
            guard let dialog = self.dialog(id), dialog.state == .dormant else { continue }
            // A refresh is waking it, or its list could not be had a moment ago: later.
            guard !dialog.work.isBusy, (dialog.restoration?.due ?? .zero) <= now else {
                self.wakeQueue.append(id)
                continue
            }
            dialog.work.begin()
            tickets.append(self.ticket(dialog, purpose: .wake, needsVerdict: true, needsList: true))
        }
        return tickets
    }

    mutating func prepareWake(
        _ dialog: ListDialog,
        verdict: RLSAuthorization,
        answer: RLSListAnswer,
        now: RLSInstant
    ) -> RLSPreparation {
        guard dialog.state == .dormant else { return .done([]) }
        var actions: [RLSAction] = []
        var list: RLSResolvedList?
        switch answer {
        case .list(let service, let found):
            dialog.service = service
            list = self.served(found, presentityURI: dialog.presentityURI)
        case .gone:
            dialog.work.finish()
            self.end(dialog, reason: "noresource", now: now, &actions)
            return .done(actions)
        case .failed(let retryAfter):
            dialog.work.finish()
            self.postponeWake(dialog, retryAfter: retryAfter, now: now)
            return .done([])
        case .unchanged, .notAsked:
            break
        }
        if verdict == .deny {
            dialog.work.finish()
            self.end(dialog, reason: "rejected", now: now, &actions)
            return .done(actions)
        }
        dialog.work.commit(.wake(verdict == .allow ? list : nil, verdict: verdict))
        // The new ceiling is in the store before the first NOTIFY, always: numbers never go back.
        dialog.numbers.jump()
        let record = self.record(of: dialog, status: verdict == .pending ? .pending : .active, now: now)
        return .commit(
            RLSCommitTicket(dialog: self.id(of: dialog)),
            self.isPersistent ? [.putDialog(record, known: true)] : []
        )
    }

    mutating func confirmWake(
        _ dialog: ListDialog,
        verdict: RLSAuthorization,
        list: RLSResolvedList?,
        now: RLSInstant,
        _ actions: inout [RLSAction]
    ) {
        self.wake(dialog, verdict: verdict, list: list, now: now)
        if list == nil {
            dialog.schedule.fullStateWanted()
        }
        self.pump(dialog, now: now, &actions)
        self.sendPaced(limit: self.configuration.backendBurst, now: now, &actions)
    }

    mutating func postponeWake(_ dialog: ListDialog, retryAfter: Duration?, now: RLSInstant) {
        self.wakeQueue.append(self.id(of: dialog))
        dialog.restoration?.postpone(retryAfter: retryAfter, now: now)
    }

    /// A dormant dialog is served again: rows for its members, with the stored states of those still in the list.
    mutating func wake(_ dialog: ListDialog, verdict: RLSAuthorization, list: RLSResolvedList?, now: RLSInstant) {
        self.dialogs.woken(dialog)
        dialog.numbers.jump()
        dialog.state = Self.state(for: verdict)
        let isClean = dialog.restoration?.isClean ?? false
        let states = dialog.restoration?.states ?? [:]
        dialog.restoration = nil
        if let list, verdict == .allow {
            self.adopt(list, for: dialog, now: now)
            for (slot, entry) in zip(dialog.rows, list.entries) {
                guard let state = states[entry.uri] else { continue }
                self.takeOver(state, slot, isClean: isClean)
            }
            // The first NOTIFY is full and goes out when all have answered or `initialFillDelay` after the wake-up.
            dialog.schedule.beginFill(
                outstanding: self.awaitingRows(of: dialog),
                full: true,
                deadline: now.advanced(by: self.configuration.initialFillDelay)
            )
        }
        let members = Set(dialog.list == nil ? [] : list?.entries.map { $0.uri } ?? [])
        for (uri, state) in states.sorted(by: { $0.key < $1.key }) {
            if !members.contains(uri), self.isPersistent {
                self.saving.deletedStates.append(.deleteState(dialog.key, resourceURI: uri))
            }
            self.release(state)
        }
    }

    private mutating func takeOver(_ state: DialogRestoration.State, _ slot: UInt32, isClean: Bool) {
        guard self.backends[slot].instance == .unknown else { return }
        self.backends[slot].flags.insert(.stored)
        // After a crash a stored state may be older than what the watcher saw: shown only when confirmed.
        guard isClean else { return }
        self.bodies.retain(state.body)
        self.strings.retain(state.contentType)
        self.strings.retain(state.reason)
        self.backends[slot].body = state.body
        self.backends[slot].contentType = state.contentType
        self.backends[slot].reason = state.reason
        switch state.state {
        case .active: self.backends[slot].instance = .active
        case .pending: self.backends[slot].instance = .pending
        case .terminated: self.backends[slot].instance = .terminated
        }
    }

    /// The members without any state, for the last NOTIFY of a dialog that is not served any more.
    mutating func showWithoutState(_ list: RLSResolvedList, in dialog: ListDialog) {
        dialog.list = MemberList(list, in: &self.strings)
        dialog.rows = [UInt32](repeating: BackendRow.noEntry, count: list.entries.count)
    }

    /// States of a dialog that ends before it was woken.
    mutating func releaseRestoration(of dialog: ListDialog) {
        for state in dialog.restoration?.states.values ?? [:].values {
            self.release(state)
        }
        dialog.restoration = nil
    }
}
