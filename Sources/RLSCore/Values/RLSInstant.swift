// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A point on the monotonic clock, in nanoseconds since an origin that is fixed for the life of the process.
///
/// The engine never reads a clock: each event carries the instant at which it happens. A step of the wall clock
/// therefore ends no subscription; only the store's edge converts to epoch seconds.
public struct RLSInstant: Sendable, Hashable, Comparable, BitwiseCopyable {
    /// Nanoseconds since the origin.
    public var nanoseconds: UInt64

    /// Creates an instant from nanoseconds since the origin.
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The origin.
    public static var zero: RLSInstant { RLSInstant(nanoseconds: 0) }

    /// Later than every instant that occurs.
    public static var distantFuture: RLSInstant { RLSInstant(nanoseconds: .max) }

    /// Whether the left instant is the earlier one.
    @inlinable
    public static func < (left: RLSInstant, right: RLSInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `duration` later; saturates at the ends of the range instead of trapping.
    public func advanced(by duration: Duration) -> RLSInstant {
        // Up to nine seconds fit into 64 bits of attoseconds, and need no division of 128 bits.
        if let attoseconds = Int64(exactly: duration.attoseconds), attoseconds >= 0 {
            let (sum, carry) = self.nanoseconds.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
            return carry ? .distantFuture : RLSInstant(nanoseconds: sum)
        }
        let (seconds, attoseconds) = duration.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds > 0 ? .distantFuture : .zero }
        let delta = product &+ attoseconds / 1_000_000_000
        if delta >= 0 {
            let (sum, carry) = self.nanoseconds.addingReportingOverflow(UInt64(delta))
            return carry ? .distantFuture : RLSInstant(nanoseconds: sum)
        }
        let (difference, borrow) = self.nanoseconds.subtractingReportingOverflow(delta.magnitude)
        return borrow ? .zero : RLSInstant(nanoseconds: difference)
    }

    /// The instant so many seconds later.
    func advanced(seconds: UInt32) -> RLSInstant {
        let (sum, carry) = self.nanoseconds.addingReportingOverflow(UInt64(seconds) * 1_000_000_000)
        return carry ? .distantFuture : RLSInstant(nanoseconds: sum)
    }

    /// The time from `earlier` to this instant; zero when `earlier` is later.
    public func duration(since earlier: RLSInstant) -> Duration {
        guard self > earlier else { return .zero }
        return .nanoseconds(Int64(clamping: self.nanoseconds - earlier.nanoseconds))
    }

    /// Whole seconds from now until this instant, rounded up; 0 when it is past.
    func secondsLeft(at now: RLSInstant) -> UInt32 {
        guard self > now else { return 0 }
        let left = self.nanoseconds - now.nanoseconds
        return UInt32(clamping: left / 1_000_000_000 + (left % 1_000_000_000 == 0 ? 0 : 1))
    }
}
