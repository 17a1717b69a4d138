// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// The outcome of a NOTIFY to a watcher (RFC 6665 §4.2.2).
    mutating func notifyFinished(
        _ dialog: ListDialog,
        sequence: UInt32,
        _ outcome: RLSTransactionOutcome,
        now: RLSInstant,
        _ actions: inout [RLSAction]
    ) {
        // Kept and acted on after the store has answered.
        guard !dialog.work.isCommitting else {
            dialog.work.defer(outcome: outcome, of: sequence)
            return
        }
        // The proxy may have raised the number while answering a challenge.
        dialog.numbers.raiseCSeq(to: outcome.lastCSeq ?? 0)
        guard dialog.schedule.finished(sequence) else { return }
        guard dialog.isAlive else {
            self.notifyFinishedAtTheEnd(dialog, outcome, now: now, &actions)
            return
        }
        switch outcome {
        case .response(let response) where (200..<300).contains(response.statusCode):
            dialog.schedule.succeeded()
            // RFC 3261 12.2.1.2: the 2xx to a target refresh request may move the remote target.
            if let contact = (try? response.contacts)?.first?.uri, contact.scheme == .sip || contact.scheme == .sips {
                dialog.remoteTarget = contact
            }
        case .response(let response):
            self.notifyRefused(dialog, response, now: now)
        case .timeout, .transportError:
            self.notifyLost(dialog, outcome, now: now)
        }
        guard self.dialogs[dialog.slot] === dialog else { return }
        self.pump(dialog, now: now, &actions)
    }

    private mutating func notifyFinishedAtTheEnd(
        _ dialog: ListDialog,
        _ outcome: RLSTransactionOutcome,
        now: RLSInstant,
        _ actions: inout [RLSAction]
    ) {
        // R6665-40: it ends with the transaction of its last NOTIFY, however that went.
        guard !dialog.hasSentLast else {
            self.finish(dialog)
            return
        }
        // The last NOTIFY waited for this one. Only a watcher that is gone is not told.
        if case .response(let response) = outcome,
            FailureMapping.endsUsage(FailureMapping.normalized(response.statusCode))
        {
            self.finish(dialog)
        } else {
            self.pump(dialog, now: now, &actions)
        }
    }

    private mutating func notifyRefused(_ dialog: ListDialog, _ response: SIPResponse, now: RLSInstant) {
        let status = FailureMapping.normalized(response.statusCode)
        self.events.append(RLSEvent(.notifyFailed, subject: dialog.presentityURI, detail: String(status)))
        if status == 408 {
            self.notifyLost(dialog, .timeout(lastCSeq: dialog.numbers.cSeq), now: now)
        } else if FailureMapping.endsUsage(status) {
            self.endSilently(dialog, reason: String(status), now: now)
        } else {
            dialog.schedule.refused(now: now, retryAfter: response.retryAfter.map { .seconds(Int64($0)) })
            self.resynchronize(dialog, now: now)
        }
    }

    private mutating func notifyLost(_ dialog: ListDialog, _ outcome: RLSTransactionOutcome, now: RLSInstant) {
        let detail =
            switch outcome {
            case .transportError: "transport"
            case .timeout, .response: "timeout"
            }
        self.events.append(RLSEvent(.notifyFailed, subject: dialog.presentityURI, detail: detail))
        // A SUBSCRIBE that is being handled shows that the watcher is there, only the answer to it is not.
        let limit = dialog.work.isBusy ? Int.max : self.configuration.notifyTimeoutLimit
        switch dialog.schedule.timedOut(now: now, limit: limit) {
        case .tryAgain: self.resynchronize(dialog, now: now)
        case .giveUp: self.endSilently(dialog, reason: "timeout", now: now)
        }
    }

    /// Full state follows. Deltas, and sub-lists of a version that the client has seen, cannot be repeated: ask for full
    /// documents (R4662-58, R4662-113).
    mutating func resynchronize(_ dialog: ListDialog, now: RLSInstant) {
        guard dialog.package.deltaBodies || self.configuration.nestedLists else { return }
        for slot in dialog.rows where slot != BackendRow.noEntry {
            self.wantFullDocument(slot, dialog: dialog, now: now)
        }
    }
}

extension RLSTransactionOutcome {
    /// The number of the last request that was sent.
    var lastCSeq: UInt32? {
        switch self {
        case .response(let response): (try? response.cSeq)?.number
        case .timeout(let number), .transportError(let number): number
        }
    }
}
