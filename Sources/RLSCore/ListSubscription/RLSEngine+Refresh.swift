// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// The first step of a SUBSCRIBE with a To tag: finds the dialog, checks what needs no plug, reserves the dialog.
    ///
    /// After `.proceed` the dialog is reserved until ``prepareRefresh(_:_:verdict:answer:now:)`` says `.done`,
    /// ``confirm(_:now:)``, ``abort(_:status:now:)`` or ``release(_:_:status:now:)``; then a waiter begins again.
    public mutating func beginRefresh(_ subscribe: RLSSubscribe, now: RLSInstant) -> RLSRefreshStart {
        let request = subscribe.request
        guard let dialog = self.findDialog(of: request) else {
            // R6665-47: our mark without a dialog is gone; any other tag is somebody else's.
            guard let tag = request.toTag, let token = DialogToken(tag), token.kind == .listTag else {
                return .answer([.toPresenceCode(self.configuration.toPresenceCode)])
            }
            return .answer(self.refuse(subscribe, 481))
        }
        guard dialog.isAlive else { return .answer(self.refuse(subscribe, 481)) }
        // It is the next run's, which the store will hand it to.
        guard self.drain != .keepDialogs else {
            return .answer(self.refuse(subscribe, 503, retryAfter: self.configuration.retryAfter))
        }
        if let fault = subscribe.fault {
            return .answer(self.refuse(subscribe, 400, reason: fault))
        }
        // A second SUBSCRIBE waits its turn; a third is told to come back (RFC 3261 21.5.1 with Retry-After).
        if dialog.work.isBusy {
            guard !dialog.work.hasWaiter else { return .answer(self.refuse(subscribe, 500, retryAfter: 1)) }
            dialog.work.addWaiter()
            return .wait(self.id(of: dialog))
        }
        // RFC 3261 12.2.2: a lower number is out of order. An equal one is a retransmission that the proxy absorbs.
        guard subscribe.cSeq > dialog.remoteCSeq else { return .answer(self.refuse(subscribe, 500)) }
        // R3261-22: a refused request advances the number all the same, else it could be replayed.
        dialog.remoteCSeq = subscribe.cSeq
        if let refusal = self.refuseExtensionOrBody(subscribe) {
            return .answer(refusal)
        }
        guard subscribe.event == dialog.event else {
            let isServed = subscribe.package != nil
            return .answer(
                isServed
                    ? self.refuse(subscribe, 403, reason: "Dialog Sharing Not Supported") : self.refuse(subscribe, 489)
            )
        }
        // R6665-43, R6665-44: another id would be another subscription in this dialog.
        guard subscribe.eventID == dialog.eventID else {
            return .answer(self.refuse(subscribe, 403, reason: "Dialog Sharing Not Supported"))
        }
        dialog.work.begin()
        let isUnsubscribe = subscribe.expires == 0
        let isDormant = dialog.state == .dormant
        return .proceed(
            self.ticket(
                dialog,
                purpose: isUnsubscribe ? .unsubscribe : .refresh,
                // The last NOTIFY of a dialog that was not woken shows the members only to who may see them.
                needsVerdict: !isUnsubscribe || isDormant,
                needsList: !isUnsubscribe || isDormant
            )
        )
    }

    /// Prepares a refresh or an unsubscribe with what the plugs said.
    public mutating func prepareRefresh(
        _ ticket: RLSDialogTicket,
        _ subscribe: RLSSubscribe,
        verdict: RLSAuthorization?,
        answer: RLSListAnswer,
        now: RLSInstant
    ) -> RLSPreparation {
        guard let dialog = self.dialog(ticket.dialog), dialog.isAlive else {
            // It ended while the plugs were asked.
            return .done(self.refuse(subscribe, 481))
        }
        if verdict == .deny, ticket.purpose != .unsubscribe {
            dialog.work.finish()
            var actions = self.refuse(subscribe, 403)
            self.end(dialog, reason: "rejected", now: now, &actions)
            return .done(actions)
        }
        if let refusal = self.refuseAcceptOrInterval(subscribe) {
            dialog.work.finish()
            return .done(refusal)
        }
        let isDormant = dialog.state == .dormant
        let isUnsubscribe = ticket.purpose == .unsubscribe
        var result = PendingRefresh.Result.goesOn(verdict: verdict, list: nil, service: nil)
        switch answer {
        case .list(let service, let list):
            result = .goesOn(verdict: verdict, list: list, service: service)
        case .gone:
            result = .ends(reason: "noresource", list: nil)
        case .failed(let retryAfter):
            // A running dialog keeps its list. A dormant one has none to show yet.
            if isDormant, !isUnsubscribe {
                dialog.work.finish()
                let seconds = retryAfter.map { UInt32(clamping: $0.components.seconds) }
                return .done(self.refuse(subscribe, 503, retryAfter: seconds ?? self.configuration.retryAfter))
            }
        case .unchanged, .notAsked:
            break
        }
        if isUnsubscribe {
            var list: RLSResolvedList?
            if case .list(_, let found) = answer, verdict == .allow || !ticket.needsVerdict {
                list = self.served(found, presentityURI: dialog.presentityURI)
            }
            result = .ends(reason: "timeout", list: list)
        }
        if case .goesOn(_, .some(let list), let service) = result {
            let served = self.served(list, presentityURI: dialog.presentityURI)
            result = .goesOn(verdict: verdict, list: served, service: service)
        }
        let granted = min(subscribe.expires, self.configuration.maxExpires)
        dialog.work.commit(
            .refresh(PendingRefresh(subscribe: subscribe, granted: granted, result: result, wakes: isDormant))
        )
        return .commit(
            RLSCommitTicket(dialog: ticket.dialog),
            self.changes(for: dialog, subscribe, result, granted: granted, verdict: verdict, now: now)
        )
    }

    /// Gives a reserved dialog back: a plug failed or took too long. Nothing changes.
    public mutating func release(
        _ ticket: RLSDialogTicket,
        _ subscribe: RLSSubscribe,
        status: Int,
        now: RLSInstant
    ) -> [RLSAction] {
        var actions = self.refuse(
            subscribe,
            status,
            retryAfter: status == 503 ? self.configuration.retryAfter : nil
        )
        guard let dialog = self.dialog(ticket.dialog) else { return actions }
        dialog.work.finish()
        self.actOnDeferred(dialog, now: now, &actions)
        return actions
    }

    func ticket(
        _ dialog: ListDialog,
        purpose: RLSDialogTicket.Purpose,
        needsVerdict: Bool,
        needsList: Bool
    ) -> RLSDialogTicket {
        RLSDialogTicket(
            dialog: self.id(of: dialog),
            purpose: purpose,
            uri: (try? SIPURI(dialog.presentityURI)) ?? dialog.remoteTarget,
            event: dialog.event,
            watcher: dialog.watcher,
            service: dialog.service,
            known: dialog.list == nil ? nil : self.dialogs.version(of: dialog),
            needsVerdict: needsVerdict,
            needsList: needsList
        )
    }

    /// The list dialog of a request with a To tag; nil when there is none.
    private func findDialog(of request: SIPRequest) -> ListDialog? {
        guard let tag = request.toTag, let callID = request.callID else { return nil }
        let watcherTag = request.fromTag ?? []
        if let token = DialogToken(tag), token.kind == .listTag, token.node == self.configuration.node,
            token.shard == self.shard, let dialog = self.dialogs[token.slot], dialog.nonce == token.nonce
        {
            // RFC 3261 12.2.2: Call-ID and both tags make the dialog.
            let matches =
                dialog.callID == callID && dialog.watcherTag == watcherTag
            return matches ? dialog : nil
        }
        guard self.dialogs.hasRestored else { return nil }
        return self.dialogs.restoredDialog(
            RLSDialogKey(
                callID: String(decoding: callID, as: UTF8.self),
                watcherTag: String(decoding: watcherTag, as: UTF8.self),
                localTag: String(decoding: tag, as: UTF8.self)
            )
        )
    }

    /// The record as it will be when the refresh is confirmed.
    private mutating func changes(
        for dialog: ListDialog,
        _ subscribe: RLSSubscribe,
        _ result: PendingRefresh.Result,
        granted: UInt32,
        verdict: RLSAuthorization?,
        now: RLSInstant
    ) -> [RLSRecordChange] {
        guard self.isPersistent, dialog.isStored else { return [] }
        switch result {
        case .ends:
            return [.deleteDialog(dialog.key)]
        case .goesOn:
            if dialog.state == .dormant {
                dialog.numbers.jump()
            }
            var record = self.record(of: dialog, status: verdict == .pending ? .pending : .active, now: now)
            record.contact = subscribe.contact?.text ?? record.contact
            record.path = subscribe.path
            record.expires = self.epochSeconds &+ Int64(granted)
            record.accept = AcceptNegotiation.recorded(subscribe.request) ?? record.accept
            return [.putDialog(record, known: true)]
        }
    }
}
