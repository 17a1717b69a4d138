// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Decides when the next NOTIFY of a list dialog goes out and whether it has to be full.
///
/// At most one NOTIFY is in flight (R6665-51). The first change after a NOTIFY opens a window in which further changes
/// are collected; a SUBSCRIBE, a changed list and the end of the subscription do not wait for a window.
struct NotificationSchedule: Hashable {
    /// A NOTIFY without an outcome yet.
    struct Flight: Hashable {
        var sequence: UInt32
        /// When it counts as timed out although the proxy has reported nothing.
        var deadline: RLSInstant
    }

    /// What a time-out means.
    enum TimeoutResult: Hashable {
        case tryAgain
        /// So many in a row that the watcher is taken as gone.
        case giveUp
    }

    private(set) var flight: Flight?
    /// The next NOTIFY is full: after a SUBSCRIBE (R4662-51), a list change (R4662-56), a failure (R4662-65).
    private(set) var needsFull = false
    /// A NOTIFY is wanted as soon as none is in flight.
    private var isImmediate = false
    private var windowEnd: RLSInstant?
    /// Entries that have not reported their first state; only meaningful while `isFilling`.
    private var outstanding = 0
    private var isFilling = false
    private var fillEnd: RLSInstant?
    private var retryAt: RLSInstant?
    private var failures = 0
    private var timeouts = 0
    /// A SUBSCRIBE has come since the last NOTIFY left: it is owed one, whatever happens to that (R6665-25).
    private var owesNotify = false

    /// A SUBSCRIBE has been accepted: full state at once (R6665-25, R4662-51).
    ///
    /// - Parameter hasNewTarget: the NOTIFY in flight goes to an old address, so its outcome counts no more.
    mutating func subscribeAccepted(hasNewTarget: Bool) {
        if hasNewTarget {
            self.flight = nil
        }
        self.needsFull = true
        self.isImmediate = true
        self.owesNotify = true
        self.windowEnd = nil
        self.retryAt = nil
        self.failures = 0
        self.timeouts = 0
    }

    /// The list, its authorisation or the subscription itself changed: full state at once.
    mutating func fullStateWanted() {
        self.needsFull = true
        self.isImmediate = true
    }

    /// The subscription is over: its last NOTIFY does not wait for a pause that the watcher asked for, because it would
    /// keep the dialog for as long.
    ///
    /// - Parameter isFull: the members are known.
    mutating func ended(isFull: Bool) {
        self.needsFull = isFull
        self.isImmediate = true
        self.retryAt = nil
    }

    /// Something is left over from the last NOTIFY: send it as soon as that one is answered.
    mutating func moreToSend() {
        self.isImmediate = true
    }

    /// So many entries are being subscribed to for the first time; their first states are collected.
    mutating func beginFill(outstanding: Int, full: Bool = false, deadline: RLSInstant? = nil) {
        self.outstanding = outstanding
        self.isFilling = outstanding > 0
        self.fillEnd = self.isFilling ? deadline : nil
        if full {
            self.needsFull = true
            self.isImmediate = !self.isFilling
        }
    }

    /// An entry has reported for the first time: a NOTIFY, a refusal, or Timer N.
    mutating func firstReported(now: RLSInstant, delay: Duration) {
        guard self.isFilling else { return }
        self.outstanding -= 1
        if self.outstanding <= 0 {
            self.isFilling = false
            self.fillEnd = nil
            self.isImmediate = true
        } else if self.fillEnd == nil {
            self.fillEnd = now.advanced(by: delay)
        }
    }

    /// A resource changed.
    mutating func resourceChanged(now: RLSInstant, window: Duration) {
        guard !self.isFilling, self.windowEnd == nil else { return }
        self.windowEnd = now.advanced(by: window)
    }

    /// Whether a NOTIFY should be sent now, if there is anything to say.
    func isDue(now: RLSInstant) -> Bool {
        guard self.flight == nil else { return false }
        if let retryAt = self.retryAt, now < retryAt {
            return false
        }
        if self.isImmediate {
            return true
        }
        if let fillEnd = self.fillEnd, fillEnd <= now {
            return true
        }
        if let windowEnd = self.windowEnd, windowEnd <= now {
            return true
        }
        return false
    }

    /// When to ask again; nil when only an event can make a NOTIFY due.
    var deadline: RLSInstant? {
        if let flight = self.flight {
            return flight.deadline
        }
        guard self.isImmediate || self.fillEnd != nil || self.windowEnd != nil else { return nil }
        var earliest = self.isImmediate ? RLSInstant.zero : .distantFuture
        if let fillEnd = self.fillEnd {
            earliest = min(earliest, fillEnd)
        }
        if let windowEnd = self.windowEnd {
            earliest = min(earliest, windowEnd)
        }
        return self.retryAt.map { max($0, earliest) } ?? earliest
    }

    /// A NOTIFY whose transaction has this number leaves now.
    mutating func sent(_ sequence: UInt32, now: RLSInstant, outcomeTimeout: Duration) {
        self.flight = Flight(sequence: sequence, deadline: now.advanced(by: outcomeTimeout))
        self.needsFull = false
        self.owesNotify = false
        self.settle(now: now)
    }

    /// It was due, but there is nothing to say.
    mutating func nothingToSend(now: RLSInstant) {
        self.settle(now: now)
    }

    /// Whether an outcome belongs to the NOTIFY in flight; if so, none is in flight any more.
    mutating func finished(_ sequence: UInt32) -> Bool {
        guard self.flight?.sequence == sequence else { return false }
        self.flight = nil
        return true
    }

    /// The NOTIFY was answered 2xx.
    mutating func succeeded() {
        self.failures = 0
        self.timeouts = 0
    }

    /// The NOTIFY was refused, but the subscription stays. Whoever refuses is there: time-outs are counted anew.
    mutating func refused(now: RLSInstant, retryAfter: Duration?) {
        self.timeouts = 0
        self.failed(now: now, retryAfter: retryAfter)
    }

    /// The NOTIFY was not answered.
    mutating func timedOut(now: RLSInstant, limit: Int) -> TimeoutResult {
        // One that left before the last SUBSCRIBE says nothing of the watcher, who has shown since that it is there.
        if !self.owesNotify {
            self.timeouts += 1
            guard self.timeouts < limit else { return .giveUp }
        }
        self.failed(now: now, retryAfter: nil)
        return .tryAgain
    }

    /// The client lost a NOTIFY, so the next is full (R4662-65).
    private mutating func failed(now: RLSInstant, retryAfter: Duration?) {
        self.needsFull = true
        self.isImmediate = true
        let backoff = Duration.seconds(min(300, 5 << min(self.failures, 6)))
        self.failures += 1
        guard !self.owesNotify else { return }
        self.retryAt = now.advanced(by: retryAfter ?? backoff)
    }

    private mutating func settle(now: RLSInstant) {
        self.isImmediate = false
        self.windowEnd = nil
        self.retryAt = nil
        if let fillEnd = self.fillEnd, fillEnd <= now {
            self.isFilling = false
            self.fillEnd = nil
        }
    }
}
