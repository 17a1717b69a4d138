// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore

/// What a server needs of the outside world: clocks, a way to wait, and chance.
///
/// Tests hand in their own; see `VirtualTime` of RLSTestKit.
public struct RLSEnvironment: Sendable {
    /// The monotonic clock.
    public var now: @Sendable () -> RLSInstant
    /// Waits until an instant of ``now``. Must end early, with CancellationError, when its task is cancelled.
    public var sleep: @Sendable (_ until: RLSInstant) async throws -> Void
    /// Seconds since 1970; read only where records are made for a store.
    public var epochSeconds: @Sendable () -> Int64
    /// Random bits from a secure source: tags and Call-IDs must not be guessable.
    public var random: @Sendable () -> UInt64

    /// Creates an environment.
    public init(
        now: @escaping @Sendable () -> RLSInstant,
        sleep: @escaping @Sendable (_ until: RLSInstant) async throws -> Void,
        epochSeconds: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.sleep = sleep
        self.epochSeconds = epochSeconds
        self.random = random
    }

    /// The system's clocks and its secure random generator.
    public static let system = RLSEnvironment(
        now: { SystemClock.monotonic() },
        sleep: { until in
            let left = until.duration(since: SystemClock.monotonic())
            try await Task.sleep(for: left, tolerance: .zero, clock: .continuous)
        },
        epochSeconds: { SystemClock.epochSeconds() },
        random: {
            var generator = SystemRandomNumberGenerator()
            return generator.next()
        }
    )
}
