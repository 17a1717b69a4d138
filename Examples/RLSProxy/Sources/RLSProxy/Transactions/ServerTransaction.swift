// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// The non-INVITE server transaction (RFC 3261 §17.2.2, figure 8, and RFC 4320), as a value that is told things.
struct ServerTransaction: Sendable {
    enum State: Sendable, Hashable {
        /// Nothing was answered; repeats are dropped.
        case trying
        /// 100 was sent; repeats get it again.
        case proceeding
        /// The final response was sent; repeats get it again until Timer J.
        case completed
        /// Over: can be forgotten.
        case terminated
    }

    enum RepeatResult: Sendable, Hashable {
        case drop
        /// Send the last response again.
        case resend
    }

    enum ReplyResult: Sendable, Hashable {
        case send
        /// There was a final response already.
        case drop
    }

    enum DeadlineResult: Sendable, Hashable {
        /// Too early.
        case none
        /// No final response yet, and the peer repeats slowly now: send 100.
        case sendTrying
        /// Forget.
        case forget
    }

    private(set) var state: State = .trying
    private let isReliable: Bool
    private let timers: SIPTimers
    /// The moment for 100, then the end.
    private(set) var deadline: RLSInstant

    init(isReliable: Bool, timers: SIPTimers, now: RLSInstant) {
        self.isReliable = isReliable
        self.timers = timers
        self.deadline = now.advanced(by: timers.firstProvisional)
    }

    /// The same request came again.
    func repeatReceived() -> RepeatResult {
        switch self.state {
        case .trying, .terminated: .drop
        case .proceeding, .completed: .resend
        }
    }

    /// The transaction user has its final response.
    mutating func finalReply(now: RLSInstant) -> ReplyResult {
        switch self.state {
        case .trying, .proceeding:
            // Timer J: 64*T1, or 0 on reliable transports.
            self.deadline = self.isReliable ? now : now.advanced(by: self.timers.transactionLife)
            self.state = self.isReliable ? .terminated : .completed
            return .send
        case .completed, .terminated:
            return .drop
        }
    }

    mutating func deadlineReached(now: RLSInstant) -> DeadlineResult {
        guard now >= self.deadline else { return .none }
        switch self.state {
        case .trying:
            self.state = .proceeding
            // RFC 4320 §4.2: too late means no answer, never 408. Kept a little longer than the peer waits.
            self.deadline = now.advanced(by: self.timers.transactionLife)
            return .sendTrying
        case .proceeding, .completed, .terminated:
            self.state = .terminated
            return .forget
        }
    }
}
