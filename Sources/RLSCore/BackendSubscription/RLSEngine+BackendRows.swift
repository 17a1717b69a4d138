// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// A subscription that has lasted so many seconds is taken as sound: pauses start small again.
    private static var soundAfter: UInt32 { 30 }

    /// Seconds to measure how long something lasts.
    static func wholeSeconds(_ instant: RLSInstant) -> UInt32 {
        UInt32(truncatingIfNeeded: instant.nanoseconds / 1_000_000_000)
    }

    /// Queues a first SUBSCRIBE.
    mutating func queueFirst(_ slot: UInt32, now: RLSInstant) {
        let row = self.backends[slot]
        self.backends[slot].state = .queued
        self.backendTimers.cancel(slot)
        self.pacer.enqueue(row.reference(slot), hop: row.hop, urgent: false)
    }

    /// Queues a refresh of a standing dialog; while a transaction is open, it follows when that has ended.
    mutating func queueRefresh(_ slot: UInt32, now: RLSInstant) {
        let row = self.backends[slot]
        guard row.state == .active else {
            self.backends[slot].flags.insert(.wantsRefresh)
            return
        }
        self.backends[slot].state = .refreshQueued
        self.backends[slot].flags.remove(.wantsRefresh)
        self.pacer.enqueue(row.reference(slot), hop: row.hop, urgent: true)
        self.setTimer(ofRow: slot, now: now)
    }

    /// A virtual subscription is over: its back-end is unsubscribed, or never begun.
    mutating func endBackend(_ slot: UInt32, dialog: ListDialog, now: RLSInstant) {
        let row = self.backends[slot]
        switch row.state {
        case .vacant, .abandoned, .endQueued, .ending:
            break
        case .queued, .waiting, .stopped:
            self.rowDone(slot, dialog: dialog)
        case .subscribing, .accepted:
            // No dialog yet to unsubscribe in: a NOTIFY within Timer N will make one (R6665-62).
            self.backends[slot].state = .abandoned
            self.setTimer(ofRow: slot, now: now)
        case .notified, .active, .refreshQueued, .refreshing, .refreshed:
            self.queueEnd(slot, now: now)
        }
    }

    mutating func queueEnd(_ slot: UInt32, now: RLSInstant) {
        let row = self.backends[slot]
        self.backends[slot].state = .endQueued
        self.pacer.enqueue(row.reference(slot), hop: row.hop, urgent: true)
        self.setTimer(ofRow: slot, now: now)
    }

    /// Nothing stands at the presence server any more, for a row that is not wanted.
    mutating func rowDone(_ slot: UInt32, dialog: ListDialog) {
        self.clearInFlight(slot)
        self.backendTimers.cancel(slot)
        // The last NOTIFY has still to show it.
        guard self.backends[slot].entry == BackendRow.noEntry else {
            self.backends[slot].state = .stopped
            self.backends[slot].flags.insert(.finished)
            return
        }
        self.freeRow(slot, dialog: dialog)
    }

    mutating func freeRow(_ slot: UInt32, dialog: ListDialog) {
        let row = self.backends[slot]
        for handle in [row.target, row.contact, row.routeSet, row.contentType, row.reason] {
            self.strings.release(handle)
        }
        self.tags.remove(row.remoteTag)
        self.bodies.release(row.body)
        self.dropDeltas(slot, dialog: dialog)
        self.backendTimers.cancel(slot)
        self.backends.remove(slot)
        dialog.leavingRows -= 1
        self.releaseIfEmpty(dialog)
    }

    mutating func dropDeltas(_ slot: UInt32, dialog: ListDialog) {
        for delta in dialog.deltas.removeAll(of: slot) {
            self.bodies.release(delta.body)
            self.strings.release(delta.contentType)
        }
    }

    /// The open SUBSCRIBE counts no more against the limits.
    mutating func clearInFlight(_ slot: UInt32) {
        guard self.backends[slot].flags.contains(.inFlight) else { return }
        self.backends[slot].flags.remove(.inFlight)
        self.pacer.answered(hop: self.backends[slot].hop)
    }

    /// The dialog with the presence server is gone.
    mutating func forgetDialog(_ slot: UInt32) {
        let row = self.backends[slot]
        self.tags.remove(row.remoteTag)
        self.strings.release(row.contact)
        self.strings.release(row.routeSet)
        self.backends[slot].remoteTag = .none
        self.backends[slot].contact = .none
        self.backends[slot].routeSet = .none
        self.backends[slot].flags.remove([.hasRemoteCSeq, .notifySeen, .wantsRefresh])
    }

    /// Tries again: at once when this is the first trouble, else with growing pauses (C4).
    ///
    /// - Parameters:
    ///   - retryAfter: what the presence server asked for; goes before our own pauses.
    ///   - mayBeImmediate: the presence server said or implied that a new subscription is welcome at once.
    mutating func tryAgain(_ slot: UInt32, retryAfter: Duration?, mayBeImmediate: Bool, now: RLSInstant) {
        self.clearInFlight(slot)
        self.forgetDialog(slot)
        self.settleAttempts(slot, now: now)
        let attempts = self.backends[slot].attempts
        self.backends[slot].attempts = attempts == .max ? .max : attempts + 1
        if mayBeImmediate, attempts == 0, retryAfter == nil {
            self.queueFirst(slot, now: now)
            return
        }
        let doublings = min(Int(attempts), 12)
        let pause = min(
            self.configuration.backendRetryInitial * (1 << doublings),
            self.configuration.backendRetryMaximum
        )
        // ± 25 %, so that what failed together does not come back together (S-REFRESH).
        let jitter = self.random.nextUnit() * 0.5 + 0.75
        let wait = retryAfter.map { max($0, .zero) } ?? pause * jitter
        self.backends[slot].state = .waiting
        self.backends[slot].due = now.advanced(by: wait)
        self.setTimer(ofRow: slot, now: now)
    }

    /// Not tried again by time; once at a list refresh an hour or more later.
    mutating func stop(_ slot: UInt32, now: RLSInstant) {
        self.clearInFlight(slot)
        self.forgetDialog(slot)
        self.backends[slot].state = .stopped
        self.backends[slot].due = now.advanced(by: .seconds(3600))
        self.backendTimers.cancel(slot)
    }

    mutating func settleAttempts(_ slot: UInt32, now: RLSInstant) {
        guard self.backends[slot].attempts > 0 else { return }
        let row = self.backends[slot]
        if row.hasDialog, Self.wholeSeconds(now) &- row.began >= Self.soundAfter {
            self.backends[slot].attempts = 0
        }
    }

    /// When the row needs attention next.
    mutating func setTimer(ofRow slot: UInt32, now: RLSInstant) {
        let row = self.backends[slot]
        let deadline: RLSInstant?
        switch row.state {
        case .vacant, .queued, .stopped: deadline = nil
        case .subscribing, .accepted, .refreshed, .ending: deadline = row.due
        case .refreshing: deadline = row.flags.contains(.notifySeen) ? self.outcomeDue(row) : row.due
        case .notified, .abandoned: deadline = self.outcomeDue(row)
        case .active: deadline = min(row.due, row.expires)
        case .refreshQueued: deadline = row.expires
        // A refresh in flight may be accepted yet: then something stands there, and has to be ended.
        case .endQueued: deadline = row.flags.contains(.inFlight) ? max(row.expires, self.outcomeDue(row)) : row.expires
        case .waiting: deadline = row.due
        }
        if let deadline {
            self.backendTimers.schedule(slot, at: deadline)
        } else {
            self.backendTimers.cancel(slot)
        }
    }

    /// The proxy reports a time-out at 32 s itself; when it says nothing, we do not wait for ever.
    private func outcomeDue(_ row: BackendRow) -> RLSInstant {
        row.due.advanced(by: self.configuration.outcomeTimeout - self.configuration.timerN)
    }
}
