// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
package import RLSCore

/// The timer values of RFC 3261 §17, Table 4.
package struct SIPTimers: Sendable {
    /// Estimate of the round trip. Default 500 ms.
    package var t1: Duration = .milliseconds(500)
    /// Longest pause between two sendings of a request. Default 4 s.
    package var t2: Duration = .seconds(4)

    /// Creates the default timers.
    package init() {}

    /// Timers F and J: the life of a transaction.
    var transactionLife: Duration { self.t1 * 64 }

    /// When Timer E of the peer reaches T2, counted from its first sending: the earliest moment for a 100 over UDP
    /// (RFC 4320 §4.1). 3.5 s with the default values.
    var firstProvisional: Duration {
        var interval = self.t1
        var elapsed = Duration.zero
        while interval < self.t2 {
            elapsed += interval
            interval = interval * 2
        }
        return elapsed
    }
}

extension RLSInstant {
    /// The monotonic clock, the same that the event loops use.
    package static func now() -> RLSInstant {
        RLSInstant(nanoseconds: NIODeadline.now().uptimeNanoseconds)
    }
}
