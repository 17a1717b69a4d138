// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension RLSEngine {
    /// Does what is due: windows and expiries of list dialogs, Timer N, refreshes and retries of back-ends, SUBSCRIBEs
    /// whose turn has come.
    ///
    /// The work of a call is bounded. When ``nextDeadline`` is still due afterwards, call again once the actions have
    /// been taken.
    public mutating func handleTimeout(now: RLSInstant) -> [RLSAction] {
        var actions: [RLSAction] = []
        self.merged.expire(now: now)
        self.sweepSome(now: now, &actions)
        var expired = self.expired
        self.expired = []
        expired.removeAll(keepingCapacity: true)
        self.dialogTimers.takeExpired(now: now, limit: 64, into: &expired)
        for slot in expired {
            self.dialogDue(slot, now: now, &actions)
        }
        expired.removeAll(keepingCapacity: true)
        self.backendTimers.takeExpired(now: now, limit: 256, into: &expired)
        for slot in expired {
            self.backendDue(slot, now: now, &actions)
        }
        self.expired = expired
        self.sendPaced(limit: 64, now: now, &actions)
        return actions
    }

    private mutating func backendDue(_ slot: UInt32, now: RLSInstant, _ actions: inout [RLSAction]) {
        guard self.backends.contains(slot), self.backends[slot].state != .vacant,
            let dialog = self.dialogs[self.backends[slot].list]
        else { return }
        // No timer of a list dialog that waits for the store acts.
        guard !dialog.work.isCommitting else {
            self.backendTimers.schedule(slot, at: now.advanced(by: .milliseconds(50)))
            return
        }
        let row = self.backends[slot]
        switch row.state {
        case .subscribing, .accepted:
            // Timer N without a NOTIFY: the attempt has failed (R6665-60).
            self.firstSubscribeFailed(slot, status: 408, retryAfter: nil, dialog: dialog, now: now)
        case .notified:
            self.clearInFlight(slot)
            self.becomeActive(slot, now: now)
        case .active where row.expires <= now:
            self.tryAgain(slot, retryAfter: nil, mayBeImmediate: true, now: now)
        case .active:
            self.queueRefresh(slot, now: now)
        case .refreshQueued:
            self.tryAgain(slot, retryAfter: nil, mayBeImmediate: true, now: now)
        case .refreshing where row.flags.contains(.notifySeen):
            self.clearInFlight(slot)
            self.becomeActive(slot, now: now)
        case .refreshing, .refreshed:
            // R6665-61: Timer N of a refresh without a NOTIFY ends the subscription.
            self.tryAgain(slot, retryAfter: nil, mayBeImmediate: true, now: now)
        case .waiting:
            self.queueFirst(slot, now: now)
        case .abandoned, .endQueued, .ending:
            self.rowDone(slot, dialog: dialog)
        case .vacant, .queued, .stopped:
            break
        }
        guard self.dialogs[dialog.slot] === dialog else { return }
        self.pump(dialog, now: now, &actions)
    }
}
