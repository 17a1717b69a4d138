// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// An instant until which something has to be done, for `poll`.
struct Deadline: Sendable {
    private let instant: ContinuousClock.Instant

    init(in duration: Duration) {
        self.instant = ContinuousClock.now.advanced(by: duration)
    }

    var hasPassed: Bool { ContinuousClock.now >= self.instant }

    /// What is left, rounded up; 0 when it has passed.
    var milliseconds: Int32 {
        let left = ContinuousClock.now.duration(to: self.instant)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1_000)
        guard !milliseconds.overflow else { return Int32.max }
        return Int32(clamping: milliseconds.partialValue &+ attoseconds / 1_000_000_000_000_000 &+ 1)
    }
}
#endif
