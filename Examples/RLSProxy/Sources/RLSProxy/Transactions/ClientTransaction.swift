// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// The non-INVITE client transaction (RFC 3261 §17.1.2, figure 6), as a value that is told things.
struct ClientTransaction: Sendable {
    enum State: Sendable, Hashable {
        /// Sent, nothing received. Timers E (unreliable transports) and F run.
        case trying
        /// A 1xx was received; goes on as `trying`, with Timer E at T2.
        case proceeding
        /// The final response or a failure went up: can be forgotten. RFC 3261 keeps the transaction until Timer K for
        /// nothing but to absorb repeats of the response, and one that finds no transaction is dropped as well.
        case terminated
    }

    enum ResponseResult: Sendable, Hashable {
        /// Nothing for the transaction user.
        case absorb
        /// The one final response: pass it up.
        case passUp
    }

    enum DeadlineResult: Sendable, Hashable {
        /// Too early.
        case none
        /// Timer E: send the request again.
        case resend
        /// Timer F: tell the transaction user, then forget.
        case timeOut
    }

    private(set) var state: State = .trying
    private let timers: SIPTimers
    /// Timer E; nil on reliable transports.
    private var resendAt: RLSInstant?
    private var resendInterval: Duration
    /// Timer F.
    private let endAt: RLSInstant

    init(isReliable: Bool, timers: SIPTimers, now: RLSInstant) {
        self.timers = timers
        self.resendInterval = timers.t1
        self.resendAt = isReliable ? nil : now.advanced(by: timers.t1)
        self.endAt = now.advanced(by: timers.transactionLife)
    }

    /// When to call ``deadlineReached(now:)``.
    var deadline: RLSInstant {
        guard let resendAt = self.resendAt else { return self.endAt }
        return min(resendAt, self.endAt)
    }

    mutating func responseReceived(status: Int) -> ResponseResult {
        switch self.state {
        case .trying where status < 200, .proceeding where status < 200:
            self.state = .proceeding
            return .absorb
        case .trying, .proceeding:
            self.state = .terminated
            return .passUp
        case .terminated:
            return .absorb
        }
    }

    mutating func deadlineReached(now: RLSInstant) -> DeadlineResult {
        switch self.state {
        case .trying, .proceeding:
            guard now < self.endAt else {
                self.state = .terminated
                return .timeOut
            }
            guard let resendAt = self.resendAt, now >= resendAt else { return .none }
            // §17.1.2.2: doubled up to T2; T2 at once when a 1xx was seen.
            self.resendInterval =
                self.state == .proceeding ? self.timers.t2 : min(self.resendInterval * 2, self.timers.t2)
            self.resendAt = now.advanced(by: self.resendInterval)
            return .resend
        case .terminated:
            return .none
        }
    }

    /// The transport could not send (RFC 3261 §17.1.4).
    ///
    /// - Returns: whether the transaction user has to be told; not when it already has its answer.
    mutating func transportFailed() -> Bool {
        switch self.state {
        case .trying, .proceeding:
            self.state = .terminated
            return true
        case .terminated:
            return false
        }
    }
}
