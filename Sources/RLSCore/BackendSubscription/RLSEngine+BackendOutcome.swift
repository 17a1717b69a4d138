// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// How a transaction ended that one of our actions began. Each is reported exactly once.
    public mutating func outcome(
        _ outcome: RLSTransactionOutcome,
        for transaction: RLSTransactionID,
        now: RLSInstant
    ) -> [RLSAction] {
        var actions: [RLSAction] = []
        switch transaction.owner {
        case .listDialog:
            guard let dialog = self.dialogs[transaction.slot] else { break }
            self.notifyFinished(dialog, sequence: transaction.sequence, outcome, now: now, &actions)
        case .backend:
            self.subscribeFinished(transaction.slot, sequence: transaction.sequence, outcome, now: now, &actions)
        }
        self.sendPaced(limit: self.configuration.backendBurst, now: now, &actions)
        return actions
    }

    private mutating func subscribeFinished(
        _ slot: UInt32,
        sequence: UInt32,
        _ outcome: RLSTransactionOutcome,
        now: RLSInstant,
        _ actions: inout [RLSAction]
    ) {
        guard self.backends.contains(slot), self.backends[slot].state != .vacant,
            self.backends[slot].sequence == sequence, self.backends[slot].flags.contains(.inFlight),
            let dialog = self.dialogs[self.backends[slot].list]
        else { return }
        self.clearInFlight(slot)
        // The proxy may have raised the number while answering a challenge.
        let number = min(outcome.lastCSeq ?? 0, (1 << 31) - 1)
        self.backends[slot].localCSeq = max(self.backends[slot].localCSeq, number)
        switch outcome {
        case .response(let response) where (200..<300).contains(response.statusCode):
            self.subscribeAccepted(slot, response, dialog: dialog, now: now)
        case .response(let response):
            let status = FailureMapping.normalized(response.statusCode)
            self.subscribeFailed(
                slot,
                status: status,
                response: response,
                dialog: dialog,
                now: now
            )
        case .timeout, .transportError:
            self.subscribeFailed(slot, status: 408, response: nil, dialog: dialog, now: now)
        }
        guard self.dialogs[dialog.slot] === dialog else { return }
        self.pump(dialog, now: now, &actions)
    }

    private mutating func subscribeAccepted(
        _ slot: UInt32,
        _ response: SIPResponse,
        dialog: ListDialog,
        now: RLSInstant
    ) {
        let row = self.backends[slot]
        // R6665-54: the 2xx says how long, never longer than asked; without the header it is what was asked.
        let granted = min(((try? response.expires) ?? nil) ?? row.asked, row.asked)
        let end = now.advanced(seconds: granted)
        switch row.state {
        case .subscribing:
            self.backends[slot].state = .accepted
            self.backends[slot].expires = end
            self.setTimer(ofRow: slot, now: now)
        case .notified:
            // The NOTIFY came first and has said how long, or has not.
            self.backends[slot].expires = min(row.expires, end)
            self.becomeActive(slot, now: now)
        case .refreshing:
            self.backends[slot].expires = end
            // RFC 3261 12.2.1.2: the 2xx to a refresh may move the remote target.
            self.takeRemoteTarget(response.headers.first(.contact), slot: slot)
            // R6665-61, R6665-79: an ordinary 2xx leaves Timer N running; 204 announces no NOTIFY.
            if row.flags.contains(.notifySeen) || response.statusCode == 204 {
                self.becomeActive(slot, now: now)
            } else {
                self.backends[slot].state = .refreshed
                self.setTimer(ofRow: slot, now: now)
            }
        case .abandoned, .ending:
            // The NOTIFY that makes, or ends, the dialog is still to come; Timer N bounds the wait.
            self.setTimer(ofRow: slot, now: now)
        case .vacant, .queued, .accepted, .active, .refreshQueued, .refreshed, .waiting, .stopped, .endQueued:
            break
        }
    }

    private mutating func subscribeFailed(
        _ slot: UInt32,
        status: Int,
        response: SIPResponse?,
        dialog: ListDialog,
        now: RLSInstant
    ) {
        let retryAfter = response?.retryAfter.map { Duration.seconds(Int64($0)) }
        switch self.backends[slot].state {
        case .subscribing, .accepted:
            if status == 423, self.raiseInterval(slot, response) {
                self.forgetDialog(slot)
                self.queueFirst(slot, now: now)
                return
            }
            self.firstSubscribeFailed(slot, status: status, retryAfter: retryAfter, dialog: dialog, now: now)
        case .notified:
            // A dialog stands although its SUBSCRIBE failed: the answer of another fork, or a lost answer. It lasts
            // until its own end; a refresh will tell.
            self.becomeActive(slot, now: now)
        case .refreshing, .refreshed:
            self.refreshFailed(slot, status: status, response: response, dialog: dialog, now: now)
        case .abandoned, .ending:
            self.rowDone(slot, dialog: dialog)
        case .endQueued, .vacant, .queued, .active, .refreshQueued, .waiting, .stopped:
            break
        }
    }

    /// R6665-80: the watcher is told, with a reason that shows no detail (S-REASON).
    mutating func firstSubscribeFailed(
        _ slot: UInt32,
        status: Int,
        retryAfter: Duration?,
        dialog: ListDialog,
        now: RLSInstant
    ) {
        let failure = FailureMapping.ofFirstSubscribe(status)
        self.report(
            slot,
            .terminated,
            reason: failure.reason.rawValue,
            body: failure.retry == .never ? [] : nil,
            dialog: dialog,
            now: now
        )
        switch failure.retry {
        case .later: self.tryAgain(slot, retryAfter: retryAfter, mayBeImmediate: false, now: now)
        case .never: self.stop(slot, now: now)
        }
        self.events.append(self.backendEvent(slot, failure.reason.rawValue, in: dialog))
        self.firstStateReported(slot, dialog: dialog, now: now)
    }

    private mutating func refreshFailed(
        _ slot: UInt32,
        status: Int,
        response: SIPResponse?,
        dialog: ListDialog,
        now: RLSInstant
    ) {
        // The notifier is gone or has forgotten us: a fresh subscription is the cure (R6665-67, R3261-21).
        if FailureMapping.endsUsage(status) || status == 408 {
            self.tryAgain(slot, retryAfter: nil, mayBeImmediate: true, now: now)
            return
        }
        if status == 423, self.raiseInterval(slot, response) {
            self.backends[slot].state = .active
            self.queueRefresh(slot, now: now)
            return
        }
        // R6665-68: it stays valid until its end; try again before that.
        let row = self.backends[slot]
        self.backends[slot].state = .active
        let pause = response?.retryAfter.map { Duration.seconds(Int64($0)) } ?? self.configuration.backendRetryInitial
        self.backends[slot].due = now.advanced(by: max(.seconds(1), min(pause, row.expires.duration(since: now))))
        self.setTimer(ofRow: slot, now: now)
    }

    /// R4662-28, R6665-69: 423 is answered with the interval it names.
    ///
    /// - Returns: whether asking again makes sense.
    private mutating func raiseInterval(_ slot: UInt32, _ response: SIPResponse?) -> Bool {
        // A minimum that grows with each answer would be asked for without a pause.
        guard let minimum = (try? response?.minExpires) ?? nil, minimum > self.backends[slot].asked,
            minimum <= 7 * 86_400, self.backends[slot].attempts < 3
        else { return false }
        self.backends[slot].attempts += 1
        self.backends[slot].asked = minimum
        return true
    }
}
