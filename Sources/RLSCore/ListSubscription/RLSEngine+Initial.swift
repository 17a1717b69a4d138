// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// Prepares a list subscription: a fetch is answered at once, anything else waits for the store.
    ///
    /// Nothing is visible outside until ``confirm(_:now:)``; ``abort(_:status:now:)`` leaves nothing behind.
    ///
    /// - Parameter list: nil when the verdict does not let the watcher see it.
    public mutating func prepare(
        _ subscribe: RLSSubscribe,
        service: RLSListService,
        verdict: RLSAuthorization,
        list: RLSResolvedList?,
        now: RLSInstant
    ) -> RLSPreparation {
        guard let watcher = subscribe.watcher, let contact = subscribe.contact, let package = subscribe.package else {
            return .done(self.refuse(subscribe, 400))
        }
        if let list, let refusal = self.refuseTooLarge(list, subscribe) {
            return .done(refusal)
        }
        let served = list.map { self.served($0, presentityURI: subscribe.uri?.text ?? "") }
        let isFetch = subscribe.isFetch
        let slot = isFetch ? DialogToken.noSlot : self.dialogs.reserveSlot()
        let dialog = self.makeDialog(
            subscribe,
            slot: slot,
            watcher: watcher,
            contact: contact,
            package: package,
            service: service,
            now: now
        )
        if isFetch {
            return .done(self.answerFetch(subscribe, dialog, verdict: verdict, list: served, now: now))
        }
        dialog.work.commit(.initial(subscribe, verdict: verdict, list: served))
        dialog.state = .preparing
        self.dialogs.insert(dialog)
        let status: RLSStoredDialog.Status = verdict == .pending ? .pending : .active
        let record = self.record(of: dialog, status: status, now: now)
        return .commit(
            RLSCommitTicket(dialog: self.id(of: dialog)),
            self.isPersistent ? [.putDialog(record, known: false)] : []
        )
    }

    /// The store has the change: it takes effect now.
    ///
    /// - Returns: in order the reply, the full-state NOTIFY, and back-end SUBSCRIBEs.
    public mutating func confirm(_ ticket: RLSCommitTicket, now: RLSInstant) -> [RLSAction] {
        guard let dialog = self.dialog(ticket.dialog), let commit = dialog.work.takeCommit() else { return [] }
        self.resumeTurns(of: dialog)
        var actions: [RLSAction] = []
        switch commit {
        case .initial(let subscribe, _, _) where self.drain == .keepDialogs:
            // It was accepted while the server stopped. The next run would have to tell it what this one promised.
            actions = self.refuse(subscribe, 503, retryAfter: self.configuration.retryAfter)
            if self.isPersistent {
                self.saving.deletedDialogs.append(.deleteDialog(dialog.key))
            }
            self.dialogs.remove(dialog)
            return actions
        case .initial(let subscribe, let verdict, let list):
            self.confirmInitial(dialog, subscribe, verdict: verdict, list: list, now: now, &actions)
        case .refresh(let refresh) where self.watcherEndedMeanwhile(dialog):
            // R6665-35: there is nothing left to refresh.
            actions = self.refuse(refresh.subscribe, 481)
        case .refresh(let refresh):
            self.confirmRefresh(dialog, refresh, now: now, &actions)
        case .wake(let list, let verdict):
            self.confirmWake(dialog, verdict: verdict, list: list, now: now, &actions)
        }
        self.actOnDeferred(dialog, now: now, &actions)
        return actions
    }

    /// The store does not have the change: everything is as it was.
    ///
    /// - Parameters:
    ///   - status: 503 when the store failed, 500 when it refused this record.
    ///   - mayLand: the commit was given up while it was running and may succeed after all, so the record as it was
    ///     before, or its deletion, has to be written behind it.
    public mutating func abort(
        _ ticket: RLSCommitTicket,
        status: Int,
        mayLand: Bool = false,
        now: RLSInstant
    ) -> [RLSAction] {
        guard let dialog = self.dialog(ticket.dialog), let commit = dialog.work.takeCommit() else { return [] }
        self.resumeTurns(of: dialog)
        let retryAfter = status == 503 ? self.configuration.retryAfter : nil
        var actions: [RLSAction] = []
        switch commit {
        case .initial(let subscribe, _, _):
            actions = self.refuse(subscribe, status, retryAfter: retryAfter)
            if mayLand, self.isPersistent {
                self.saving.deletedDialogs.append(.deleteDialog(dialog.key))
            }
            self.dialogTimers.cancel(dialog.slot)
            self.dialogs.remove(dialog)
            return actions
        case .refresh(let refresh):
            actions = self.refuse(refresh.subscribe, status, retryAfter: retryAfter)
            if mayLand, case .ends = refresh.result {
                self.saveAgain(dialog)
            }
        case .wake:
            self.postponeWake(dialog, retryAfter: nil, now: now)
        }
        // A refused record may have taken an earlier unsaved change of this dialog along.
        if mayLand || status == 500 {
            self.save(dialog)
        }
        self.actOnDeferred(dialog, now: now, &actions)
        return actions
    }

    private mutating func confirmInitial(
        _ dialog: ListDialog,
        _ subscribe: RLSSubscribe,
        verdict: RLSAuthorization,
        list: RLSResolvedList?,
        now: RLSInstant,
        _ actions: inout [RLSAction]
    ) {
        dialog.isStored = self.isPersistent
        dialog.state = Self.state(for: verdict)
        actions.append(.reply(self.accepted(subscribe, in: dialog, granted: dialog.firstGrant)))
        self.events.append(RLSEvent(.listSubscribed, subject: dialog.presentityURI))
        dialog.schedule.subscribeAccepted(hasNewTarget: false)
        if let list, verdict == .allow {
            self.adopt(list, for: dialog, now: now)
            dialog.schedule.beginFill(outstanding: self.awaitingRows(of: dialog))
        }
        self.pump(dialog, now: now, &actions)
        self.sendPaced(limit: self.configuration.backendBurst, now: now, &actions)
    }

    /// The 200 to a SUBSCRIBE of this dialog.
    func accepted(_ subscribe: RLSSubscribe, in dialog: ListDialog, granted: UInt32) -> SIPResponse {
        Reply.subscribed(
            subscribe,
            tag: dialog.localTag,
            contact: dialog.localContactBytes,
            granted: granted,
            configuration: self.configuration
        )
    }

    static func state(for verdict: RLSAuthorization) -> ListDialog.State {
        switch verdict {
        case .allow: .active
        case .pending: .pending
        case .hide, .deny: .hidden
        }
    }

    /// RFC 6665 4.4.3: one NOTIFY with what is known, `terminated;reason=timeout`; no back-end is touched (R4662-59).
    private mutating func answerFetch(
        _ subscribe: RLSSubscribe,
        _ dialog: ListDialog,
        verdict: RLSAuthorization,
        list: RLSResolvedList?,
        now: RLSInstant
    ) -> [RLSAction] {
        var actions: [RLSAction] = [
            .reply(self.accepted(subscribe, in: dialog, granted: 0))
        ]
        if let list, verdict == .allow {
            self.showWithoutState(list, in: dialog)
        }
        dialog.state = .ending(reason: "timeout")
        dialog.schedule.fullStateWanted()
        self.sendNotify(dialog, now: now, &actions)
        return actions
    }

    private mutating func makeDialog(
        _ subscribe: RLSSubscribe,
        slot: UInt32,
        watcher: SIPURI,
        contact: SIPURI,
        package: RLSEventPackage,
        service: RLSListService,
        now: RLSInstant
    ) -> ListDialog {
        let request = subscribe.request
        let nonce = self.nonce()
        let tag = DialogToken(
            .listTag,
            node: self.configuration.node,
            shard: self.shard,
            slot: slot,
            nonce: nonce
        ).bytes
        let from = request.headers.first(.from) ?? []
        let to = request.headers.first(.to) ?? []
        let granted = min(subscribe.expires, self.configuration.maxExpires)
        let routeSet = request.headers.values(.recordRoute).map { String(decoding: $0, as: UTF8.self) }
        let dialog = ListDialog(
            slot: slot,
            nonce: nonce,
            key: RLSDialogKey(
                callID: String(decoding: request.callID ?? [], as: UTF8.self),
                watcherTag: String(decoding: request.fromTag ?? [], as: UTF8.self),
                localTag: String(decoding: tag, as: UTF8.self)
            ),
            watcher: watcher,
            eventID: subscribe.eventID,
            eventParameters: subscribe.eventParameters,
            package: package,
            presentityURI: String(decoding: request.requestURI, as: UTF8.self),
            remoteHeader: Array(from),
            localHeader: Array(to) + Array(";tag=".utf8) + tag,
            routeSet: routeSet,
            isLegacyClient: self.isLegacyClient(request),
            assertsIdentity: request.headers.first(.pAssertedIdentity) != nil,
            path: subscribe.path,
            remoteTarget: contact,
            localContact: LocalContact.forWatcher(subscribe, configuration: self.configuration),
            remoteCSeq: subscribe.cSeq,
            expires: now.advanced(seconds: granted),
            firstGrant: granted,
            accept: AcceptNegotiation.recorded(request),
            backendAccept: self.backendAccept(request.headers.values(.accept), package: package),
            service: service
        )
        if let hops = (try? request.maxForwards) ?? nil {
            dialog.backendMaxForwards = hops > 0 ? min(hops - 1, 70) : 0
        }
        return dialog
    }

    mutating func setAccept(of dialog: ListDialog, from request: SIPRequest) {
        dialog.setAccept(
            AcceptNegotiation.recorded(request) ?? dialog.accept,
            backend: self.backendAccept(request.headers.values(.accept), package: dialog.package)
        )
        self.strings.release(dialog.welcomeType)
        dialog.welcomeType = .none
    }

    func backendAccept(_ accept: [SIPBytes], package: RLSEventPackage) -> [UInt8] {
        AcceptNegotiation.backendAccept(accept, package: package, nestedLists: self.configuration.nestedLists)
    }

    private func isLegacyClient(_ request: SIPRequest) -> Bool {
        guard !self.configuration.legacyUserAgents.isEmpty, let agent = request.headers.first(.userAgent) else {
            return false
        }
        return self.configuration.legacyUserAgents.contains { agent.starts(with: $0.utf8) }
    }
}
