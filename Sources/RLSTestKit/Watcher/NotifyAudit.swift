// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// Follows one list dialog in the order in which the server sends, and notes what is wrong.
struct NotifyAudit: Sendable {
    /// A SUBSCRIBE as it was made.
    struct Asked: Sendable {
        var expires: UInt32
        var contact: String
        var accept: [String]?
    }

    let options: WatcherOptions
    var violations: [WatcherViolation] = []

    /// SUBSCRIBEs by CSeq number.
    var asked: [UInt32: Asked] = [:]
    var serverTag: String?
    /// End of the subscription by the last 2xx or NOTIFY.
    var grantedUntil: RLSInstant?
    /// The last 2xx ended the subscription, or asked for a fetch.
    var isUnsubscribed = false
    var isAccepted = false
    /// An ended subscription of which a restarted server does not know the end.
    var mayReturn = false
    /// A restarted server knows nothing of the SUBSCRIBE whose answer did not arrive: sent again, it makes another dialog, or
    /// is refused.
    var mayFork = false
    /// That has happened: which of the two answers the watcher takes depends on what arrives first.
    var isForked = false
    /// A SUBSCRIBE that got no 2xx may still have reached the store of a server that crashed then.
    var mayRunUntil: RLSInstant?
    /// The Contact of the last SUBSCRIBE that got a 2xx.
    var acceptedContact: String?
    /// CSeq of the last SUBSCRIBE that got a 2xx.
    var acceptedCSeq: UInt32 = 0
    var refusedStatus: Int?

    var lastCSeq: UInt32?
    var lastVersion: UInt32?
    /// A 2xx, or a failed NOTIFY, asks for a full document, and why.
    var fullStateDue: String?
    /// A NOTIFY has to come at once since then; it waits for one in flight.
    var notifyDueSince: RLSInstant?
    var inFlight: UInt32?
    var timeouts = 0
    /// Why no NOTIFY may follow, with the rule.
    var ended: (rule: String, why: String)?
    /// The server lost its memory of numbers: the next may jump, to a full state.
    var mayJump = false
    /// Since the restart no full document came: what was known may be missing.
    var isRecovering = false
    /// A restarted server has neither accepted a SUBSCRIBE nor sent a NOTIFY yet.
    var isAway = false
    /// A new Contact makes the outcome of a NOTIFY in flight irrelevant.
    var mayOverlap = false

    var instanceIDs: [String: String] = [:]
    var shownActive: Set<String> = []
    var contentIDs: Set<String> = []
    var boundaries: Set<String> = []

    init(options: WatcherOptions) {
        self.options = options
    }

    mutating func note(_ rule: String, _ message: String, _ cSeq: UInt32 = 0) {
        self.violations.append(WatcherViolation(rule, message, cSeq: cSeq))
    }

    /// The outcome of a NOTIFY is known: a status, or nil for none in time.
    mutating func outcome(of cSeq: UInt32, status: Int?, at now: RLSInstant) {
        guard self.inFlight == cSeq else { return }
        self.inFlight = nil
        // The SUBSCRIBE came after this NOTIFY was sent: no pause for its failure, and no sign that nobody is there.
        let isOverdue = self.notifyDueSince != nil
        if isOverdue { self.notifyDueSince = now }
        guard let status, status != 408 else {
            self.fullStateDue = "R4662-65"
            guard !isOverdue else { return }
            self.timeouts += 1
            if self.timeouts >= self.options.notifyTimeoutLimit {
                self.ended = self.ended ?? ("R6665-34", "\(self.timeouts) NOTIFYs in a row were not answered")
            }
            return
        }
        self.timeouts = 0
        if (200..<300).contains(status) {
            return
        }
        self.fullStateDue = "R4662-65"
        switch status {
        case 404, 405, 410, 416, 480...485, 489, 501, 604:
            self.ended = self.ended ?? ("R6665-35", "a NOTIFY was answered \(status)")
            self.mayReturn = false
        default: break
        }
    }

    /// When the subscription is over at the latest.
    var runsUntil: RLSInstant? {
        self.grantedUntil.map { max($0, self.mayRunUntil ?? $0) }
    }

    /// Notes what should have come by now.
    mutating func check(at now: RLSInstant) {
        guard self.ended == nil, self.inFlight == nil else { return }
        if let since = self.notifyDueSince, now > since.advanced(by: self.options.grace) {
            self.notifyDueSince = nil
            self.note("R6665-25", "no NOTIFY after a 2xx")
        }
        if let until = self.runsUntil, now > until.advanced(by: self.options.grace + .seconds(1)) {
            self.ended = ("R6665-31", "the subscription is over")
            self.note("R6665-31", "the subscription ran out without a last NOTIFY")
        }
    }

    /// - Parameters:
    ///   - hasRecord: the server's store has the dialog.
    ///   - isOver: the server has ended it, and was gone before it could say so.
    mutating func serverRestarted(hasRecord: Bool, isOver: Bool, at now: RLSInstant) {
        if isOver, self.isAccepted { self.ended = self.ended ?? ("R6665-40", "the server has ended the subscription") }
        // The end may not have reached the store: it comes back, and a 481 ends it again.
        self.mayReturn = self.ended != nil && hasRecord
        let later = self.asked.filter { $0.key > self.acceptedCSeq }.map { Int64($0.value.expires) }.max()
        self.mayRunUntil = later.map { now.advanced(by: .seconds($0)) }
        self.isAway = true
        self.serverWasAway(hasRecord: hasRecord, at: now)
        self.mayJump = true
        self.mayFork = true
        self.isRecovering = true
        self.inFlight = nil
        self.timeouts = 0
        self.notifyDueSince = nil
        self.fullStateDue = "R4662-64"
        self.instanceIDs = [:]
        self.shownActive = []
    }

    /// Nobody was there, until now, to say that the time is over. The store counts whole seconds, so it is up to two of them
    /// early.
    mutating func serverWasAway(hasRecord: Bool, at now: RLSInstant) {
        guard self.isAway, self.ended == nil, let until = self.runsUntil, now.advanced(by: .seconds(2)) >= until else {
            return
        }
        self.ended = ("R6665-31", "the subscription is over")
        self.mayReturn = hasRecord
    }
}
