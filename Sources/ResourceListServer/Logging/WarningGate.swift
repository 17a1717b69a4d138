// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// Lets one warning per cause and minute through, so that a failing database does not fill a disk.
final class WarningGate: Sendable {
    static let interval = Duration.seconds(60)
    /// Causes remembered; the oldest are forgotten when documents by the thousand fail.
    static let causeLimit = 1_000

    private let last = Locked([String: RLSInstant]())

    func admits(_ cause: String, now: RLSInstant) -> Bool {
        self.last.withLock { last in
            if let previous = last[cause], now.duration(since: previous) < Self.interval {
                return false
            }
            if last.count >= Self.causeLimit {
                last = last.filter { now.duration(since: $0.value) < Self.interval }
            }
            guard last.count < Self.causeLimit else { return false }
            last[cause] = now
            return true
        }
    }
}
