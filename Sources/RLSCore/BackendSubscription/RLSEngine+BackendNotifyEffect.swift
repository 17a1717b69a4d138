// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// What a NOTIFY from a presence server changes.
extension RLSEngine {
    mutating func apply(
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
                self.backends[slot].expires = now.advanced(seconds: self.backends[slot].asked)
            }
            self.setTimer(ofRow: slot, now: now)
        case .accepted:
            self.becomeActive(slot, now: now)
        case .abandoned:
            if self.backends[slot].expires == .distantFuture {
                self.backends[slot].expires = now.advanced(seconds: self.backends[slot].asked)
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
        // One that cannot be used must not replace one that can.
        guard self.isUsableTarget(contact) else { return }
        let handle = self.strings.intern(contact)
        self.strings.release(self.backends[slot].contact)
        self.backends[slot].contact = handle
    }

    /// R6665-66: `expires` of the NOTIFY is authoritative; it may shorten the subscription.
    private mutating func takeExpires(_ seconds: UInt32?, slot: UInt32, now: RLSInstant) {
        guard let seconds else { return }
        let row = self.backends[slot]
        let expires = now.advanced(seconds: seconds)
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
