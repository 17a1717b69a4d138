// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

extension RLSEngine {
    /// A NOTIFY whose To tag names this shard: the hot path. Waits for nothing and allocates next to nothing.
    public mutating func notifyReceived(_ request: SIPRequest, via path: SIPPath, now: RLSInstant) -> [RLSAction] {
        guard let slot = self.findRow(of: request), let dialog = self.dialogs[self.backends[slot].list] else {
            return [.reply(SIPResponse(to: request, 481))]
        }
        var actions: [RLSAction] = []
        switch self.checkNotify(request, slot: slot, dialog: dialog, now: now) {
        case .refuse(let response):
            actions.append(.reply(response))
        case .repeated:
            actions.append(.reply(SIPResponse(to: request, 200)))
        case .accept(let state):
            actions.append(.reply(SIPResponse(to: request, 200)))
            self.apply(state, of: request, slot: slot, dialog: dialog, now: now)
            guard self.dialogs[dialog.slot] === dialog else { break }
            self.pump(dialog, now: now, &actions)
        }
        return actions
    }

    private enum NotifyCheck {
        case refuse(SIPResponse)
        /// A retransmission: answered again without effect (R6665-73).
        case repeated
        case accept(SIPSubscriptionState)
    }

    /// S-SPOOF: tag and Call-ID have to be known, 128 bits together; without the key neither tells the other.
    private func findRow(of request: SIPRequest) -> UInt32? {
        guard let tag = request.toTag, let token = DialogToken(tag), token.kind == .backendTag,
            self.backends.contains(token.slot), self.backends[token.slot].state != .vacant,
            self.backends[token.slot].tagNonce == token.nonce,
            let callID = request.callID, let call = DialogToken(callID), call.kind == .backendCallID,
            call.slot == token.slot, self.keyedHash(token.nonce) == call.nonce
        else { return nil }
        return token.slot
    }

    private mutating func checkNotify(
        _ request: SIPRequest,
        slot: UInt32,
        dialog: ListDialog,
        now: RLSInstant
    ) -> NotifyCheck {
        let row = self.backends[slot]
        guard let event = request.eventType, SIPText.equals(event, dialog.package.name) else {
            return .refuse(self.refusal(request, self.isServed(request.eventType) ? 481 : 489))
        }
        guard !Self.hasEventID(request) else { return .refuse(SIPResponse(to: request, 481)) }
        guard let remoteTag = request.fromTag, let cSeq = try? request.cSeq,
            let state = (try? request.subscriptionState) ?? nil
        else {
            return .refuse(SIPResponse(to: request, 400))
        }
        switch row.state {
        case .subscribing, .accepted, .abandoned:
            // R6665-64: a NOTIFY makes the dialog only while Timer N runs; and it must say where to send requests.
            guard now < row.due else { return .refuse(SIPResponse(to: request, 481)) }
            guard state.state == .terminated || request.headers.first(.contact) != nil else {
                return .refuse(SIPResponse(to: request, 400, reason: "Missing Contact"))
            }
            // It would stand in every request of the dialog.
            guard request.headers.first(.recordRoute) == nil || (try? request.recordRoutes) != nil else {
                return .refuse(SIPResponse(to: request, 400, reason: "Malformed Record-Route"))
            }
        case .notified, .active, .refreshQueued, .refreshing, .refreshed, .endQueued, .ending:
            // R4662-98, R6665-71: only the first of several forks has a subscription.
            guard self.tags.equals(row.remoteTag, remoteTag) else {
                return .refuse(SIPResponse(to: request, 481))
            }
        case .vacant, .queued, .waiting, .stopped:
            return .refuse(SIPResponse(to: request, 481))
        }
        if row.flags.contains(.hasRemoteCSeq), row.hasDialog {
            guard cSeq.number >= row.remoteCSeq else { return .refuse(SIPResponse(to: request, 500)) }
            guard cSeq.number > row.remoteCSeq else { return .repeated }
        }
        if let refusal = self.checkExtensions(request) ?? self.checkBody(request, row, dialog) {
            // R3261-22: refused without effect, except that the number is used up.
            if row.hasDialog {
                self.backends[slot].remoteCSeq = cSeq.number
                self.backends[slot].flags.insert(.hasRemoteCSeq)
            }
            return .refuse(refusal)
        }
        self.backends[slot].remoteCSeq = cSeq.number
        self.backends[slot].flags.insert(.hasRemoteCSeq)
        return .accept(state)
    }

    /// R3261-08: a NOTIFY that asks for what we do not know is not understood. Lists are known when we said so.
    private func checkExtensions(_ request: SIPRequest) -> SIPResponse? {
        guard request.headers.first(.require) != nil else { return nil }
        let unknown = request.headers.values(.require).filter { token in
            !(self.configuration.nestedLists && SIPText.equalsIgnoringCase(token, "eventlist"))
        }
        guard !unknown.isEmpty else { return nil }
        var response = SIPResponse(to: request, 420)
        response.headers.append(.unsupported, Array(unknown.joined(separator: ", ".utf8)))
        return response
    }

    /// S-SIZE and S-BODYTYPE; a refused body leaves the resource as it was.
    private mutating func checkBody(_ request: SIPRequest, _ row: BackendRow, _ dialog: ListDialog) -> SIPResponse? {
        guard !request.body.isEmpty else { return nil }
        guard request.body.count <= self.configuration.maxBackendBodySize else {
            return SIPResponse(to: request, 413)
        }
        guard let contentType = request.headers.first(.contentType) else {
            return SIPResponse(to: request, 400, reason: "Missing Content-Type")
        }
        // R3261-09: an encoded body could not be read by the watcher, who is told nothing of the encoding.
        if request.headers.first(.contentEncoding) != nil,
            !request.contentEncodings.allSatisfy({ $0.lowercased() == "identity" })
        {
            var response = SIPResponse(to: request, 415)
            response.headers.append(.acceptEncoding, "identity")
            return response
        }
        // What was welcome before is welcome again: spares the parsing.
        let wasWelcome =
            self.strings.equals(row.contentType, contentType) || self.strings.equals(dialog.welcomeType, contentType)
        guard contentType.isEmpty || !wasWelcome else { return nil }
        guard let type = (try? request.contentType) ?? nil else {
            return SIPResponse(to: request, 400, reason: "Malformed Content-Type")
        }
        guard AcceptNegotiation.isWelcome(type, accept: dialog.backendAccept) else {
            var response = SIPResponse(to: request, 415)
            response.headers.append(.accept, dialog.backendAccept)
            return response
        }
        if dialog.isAlive, row.entry != BackendRow.noEntry {
            self.strings.release(dialog.welcomeType)
            dialog.welcomeType = self.strings.intern(contentType)
        }
        return nil
    }

    /// R6665-10: our SUBSCRIBEs have no `id`, so a NOTIFY with one belongs to another subscription.
    private static func hasEventID(_ request: SIPRequest) -> Bool {
        guard let event = request.headers.first(.event), event.contains(UInt8(ascii: ";")) else { return false }
        return ((try? request.event) ?? nil)?.id != nil
    }

    private func isServed(_ event: SIPBytes?) -> Bool {
        event.map { self.configuration.serves($0) } ?? false
    }

    private func refusal(_ request: SIPRequest, _ status: Int) -> SIPResponse {
        Reply.refusal(request, status, tag: [], configuration: self.configuration)
    }

    // MARK: Effect

    private mutating func apply(
        _ state: SIPSubscriptionState,
        of request: SIPRequest,
        slot: UInt32,
        dialog: ListDialog,
        now: RLSInstant
    ) {
        guard state.state != .terminated else {
            self.applyTerminated(state, of: request, slot: slot, dialog: dialog, now: now)
            return
        }
        self.takeRemoteTarget(request.headers.first(.contact), slot: slot)
        switch self.backends[slot].state {
        case .subscribing, .accepted, .abandoned:
            self.makeDialog(slot, request: request, dialog: dialog, now: now)
        case .refreshing:
            self.backends[slot].flags.insert(.notifySeen)
            self.setTimer(ofRow: slot, now: now)
        case .refreshed:
            self.becomeActive(slot, now: now)
        case .vacant, .queued, .notified, .active, .refreshQueued, .waiting, .stopped, .endQueued, .ending:
            break
        }
        self.takeExpires(state.expires, slot: slot, now: now)
        guard self.backends[slot].entry != BackendRow.noEntry, dialog.isAlive else { return }
        let hasBody = !request.body.isEmpty
        self.report(
            slot,
            state.state == .pending ? .pending : .active,
            body: hasBody ? request.body : nil,
            contentType: request.headers.first(.contentType) ?? [],
            dialog: dialog,
            now: now
        )
        self.firstStateReported(slot, dialog: dialog, now: now)
    }

    /// The NOTIFY makes the dialog (R6665-63): its tag, its Contact, its Record-Route in order.
    private mutating func makeDialog(_ slot: UInt32, request: SIPRequest, dialog: ListDialog, now: RLSInstant) {
        self.tags.remove(self.backends[slot].remoteTag)
        self.strings.release(self.backends[slot].routeSet)
        self.backends[slot].remoteTag = self.tags.store(request.fromTag ?? [])
        let routes = request.headers.rows(.recordRoute)
        self.backends[slot].routeSet =
            routes.isEmpty ? .none : self.strings.intern(Array(routes.joined(separator: ", ".utf8)))
        switch self.backends[slot].state {
        case .subscribing:
            self.backends[slot].state = .notified
            if self.backends[slot].expires == .distantFuture {
                self.backends[slot].expires = now.advanced(by: .seconds(Int64(self.backends[slot].asked)))
            }
            self.setTimer(ofRow: slot, now: now)
        case .accepted:
            self.becomeActive(slot, now: now)
        case .abandoned:
            if self.backends[slot].expires == .distantFuture {
                self.backends[slot].expires = now.advanced(by: .seconds(Int64(self.backends[slot].asked)))
            }
            self.queueEnd(slot, now: now)
        case .vacant, .queued, .notified, .active, .refreshQueued, .refreshing, .refreshed, .waiting, .stopped,
            .endQueued, .ending:
            break
        }
    }

    /// R3261-20: the Contact of a NOTIFY replaces the remote target.
    mutating func takeRemoteTarget(_ contact: SIPBytes?, slot: UInt32) {
        guard let contact,
            !self.strings.equals(self.backends[slot].contact, contact)
        else { return }
        // One that cannot be used must not replace one that can. Without one to replace, nothing depends on it.
        guard self.backends[slot].contact.isNone || (try? SIPNameAddr(parsing: contact)) != nil else { return }
        let handle = self.strings.intern(contact)
        self.strings.release(self.backends[slot].contact)
        self.backends[slot].contact = handle
    }

    /// R6665-66: `expires` of the NOTIFY is authoritative; it may shorten the subscription.
    private mutating func takeExpires(_ seconds: UInt32?, slot: UInt32, now: RLSInstant) {
        guard let seconds else { return }
        let row = self.backends[slot]
        let expires = now.advanced(by: .seconds(Int64(seconds)))
        let isShorter = expires < row.expires && row.expires.duration(since: expires) > .seconds(2)
        guard isShorter || row.expires == .distantFuture else { return }
        self.backends[slot].expires = expires
        if row.state == .active {
            self.scheduleRefresh(slot, now: now)
        }
        self.setTimer(ofRow: slot, now: now)
    }

    /// The dialog stands and no transaction is open.
    mutating func becomeActive(_ slot: UInt32, now: RLSInstant) {
        self.backends[slot].state = .active
        self.backends[slot].flags.remove(.notifySeen)
        self.settleAttempts(slot, now: now)
        if self.backends[slot].flags.contains(.wantsRefresh) {
            self.queueRefresh(slot, now: now)
            return
        }
        self.scheduleRefresh(slot, now: now)
        self.setTimer(ofRow: slot, now: now)
    }

    /// A random point before the end, at least 5 s before it (R6665-76).
    private mutating func scheduleRefresh(_ slot: UInt32, now: RLSInstant) {
        let left = self.backends[slot].expires.duration(since: now)
        let window = self.configuration.backendRefreshWindow
        let unit = self.random.nextUnit()
        let part = window.lowerBound + (window.upperBound - window.lowerBound) * unit
        let pause = max(.seconds(1), min(left * part, left - .seconds(5)))
        self.backends[slot].due = now.advanced(by: pause)
    }

    private mutating func applyTerminated(
        _ state: SIPSubscriptionState,
        of request: SIPRequest,
        slot: UInt32,
        dialog: ListDialog,
        now: RLSInstant
    ) {
        let row = self.backends[slot]
        let isWanted = row.entry != BackendRow.noEntry && dialog.isAlive
        guard isWanted, row.state != .abandoned, row.state != .endQueued, row.state != .ending else {
            self.rowDone(slot, dialog: dialog)
            return
        }
        let reason = TerminationReason(state.reason)
        let retryAfter = state.retryAfter.map { Duration.seconds(Int64($0)) }
        let body = request.body.isEmpty ? nil : request.body
        let contentType = request.headers.first(.contentType) ?? []
        switch reason.effect {
        case .renew:
            // Not a change of the resource: what is shown stays until the new subscription answers.
            if let body {
                self.report(slot, .active, body: body, contentType: contentType, dialog: dialog, now: now)
            }
            self.tryAgain(slot, retryAfter: nil, mayBeImmediate: true, now: now)
        case .retryLater:
            self.report(
                slot,
                .terminated,
                reason: reason.token,
                body: body,
                contentType: contentType,
                dialog: dialog,
                now: now
            )
            self.tryAgain(slot, retryAfter: retryAfter, mayBeImmediate: false, now: now)
            self.events.append(self.backendEvent(slot, reason.token, in: dialog))
        case .stop(let keepsState):
            self.report(
                slot,
                .terminated,
                reason: reason.token,
                body: body ?? (keepsState ? nil : []),
                contentType: contentType,
                dialog: dialog,
                now: now
            )
            self.stop(slot, now: now)
            self.events.append(self.backendEvent(slot, reason.token, in: dialog))
        }
        self.firstStateReported(slot, dialog: dialog, now: now)
    }

    func backendEvent(_ slot: UInt32, _ reason: String, in dialog: ListDialog) -> RLSEvent {
        RLSEvent(.backendFailed, subject: self.strings.text(self.uri(of: slot, in: dialog)), detail: reason)
    }
}
