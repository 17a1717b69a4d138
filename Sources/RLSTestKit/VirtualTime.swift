// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import ResourceListServer

/// Time that passes only when a test says so, for everything that takes an RLSEnvironment.
///
/// Wall clock and random bits are its own, too, so the same seed and the same steps give the same bytes.
///
///     let time = VirtualTime()
///     let server = RLSServer(resolver: resolver, environment: time.environment)
///     await time.advance(by: .seconds(5))
public final class VirtualTime: Sendable {
    private struct Sleeper {
        var until: RLSInstant
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: RLSInstant
        var wallClockOffset: Int64
        var random: UInt64
        var sleepers: [UInt64: Sleeper] = [:]
        var lastSleeper: UInt64 = 0
    }

    private let state: Locked<State>

    /// Creates a clock.
    ///
    /// - Parameters:
    ///   - start: the first instant.
    ///   - epochSeconds: what the wall clock shows then.
    ///   - seed: of the random bits.
    public init(
        start: RLSInstant = RLSInstant(nanoseconds: 1_000_000_000_000),
        epochSeconds: Int64 = 1_800_000_000,
        seed: UInt64 = 1
    ) {
        self.state = Locked(
            State(
                now: start,
                wallClockOffset: epochSeconds - Int64(clamping: start.nanoseconds / 1_000_000_000),
                random: seed
            )
        )
    }

    /// The environment to hand to a server.
    public var environment: RLSEnvironment {
        RLSEnvironment(
            now: { self.now },
            sleep: { try await self.sleep(until: $0) },
            epochSeconds: { self.epochSeconds },
            random: { self.random() }
        )
    }

    /// The present.
    public var now: RLSInstant { self.state.withLock { $0.now } }

    /// What the wall clock shows.
    public var epochSeconds: Int64 {
        self.state.withLock { $0.wallClockOffset &+ Int64(clamping: $0.now.nanoseconds / 1_000_000_000) }
    }

    /// Tasks that wait for an instant.
    public var sleepers: Int { self.state.withLock { $0.sleepers.count } }

    /// The instant that somebody waits for next; nil when nobody waits.
    public var earliestSleep: RLSInstant? {
        self.state.withLock { state in state.sleepers.values.map(\.until).min() }
    }

    /// Sets the time forwards and wakes who has slept long enough, in order. Returns at once, for callers that run tasks on
    /// an executor of their own; others use ``advance(by:)``.
    public func set(to instant: RLSInstant) {
        let awakened = self.state.withLock { state -> [Sleeper] in
            state.now = max(state.now, instant)
            let due = state.sleepers.filter { $0.value.until <= state.now }
                .sorted { ($0.value.until, $0.key) < ($1.value.until, $1.key) }
            for (id, _) in due { state.sleepers[id] = nil }
            return due.map(\.value)
        }
        for sleeper in awakened { sleeper.continuation.resume() }
    }

    /// Sets the wall clock forwards or back; the monotonic clock takes no notice.
    public func stepWallClock(by seconds: Int64) {
        self.state.withLock { $0.wallClockOffset &+= seconds }
    }

    /// Lets time pass, from one sleeper's instant to the next, and gives those that wake the time to sleep again.
    public func advance(by duration: Duration) async {
        let end = self.now.advanced(by: duration)
        while true {
            await self.untilSleeping()
            let awakened = self.state.withLock { state -> Sleeper? in
                let earliest = state.sleepers.min { ($0.value.until, $0.key) < ($1.value.until, $1.key) }
                guard let (id, sleeper) = earliest, sleeper.until <= end else {
                    state.now = max(state.now, end)
                    return nil
                }
                state.now = max(state.now, sleeper.until)
                state.sleepers[id] = nil
                return sleeper
            }
            guard let awakened else { break }
            awakened.continuation.resume()
            await Self.letOthersRun()
        }
        await Self.letOthersRun()
    }

    /// Waits until somebody sleeps, a server's driver that is, but not for ever: it may have ended.
    public func untilSleeping() async {
        for _ in 0..<1_000 {
            guard self.sleepers == 0 else { return }
            await Task.yield()
        }
    }

    private static func letOthersRun() async {
        for _ in 0..<100 {
            await Task.yield()
        }
    }

    private func sleep(until: RLSInstant) async throws {
        let id = self.state.withLock { state in
            state.lastSleeper &+= 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = self.state.withLock { state -> Result<Void, any Error>? in
                    guard !Task.isCancelled else { return .failure(CancellationError()) }
                    guard until > state.now else { return .success(()) }
                    state.sleepers[id] = Sleeper(until: until, continuation: continuation)
                    return nil
                }
                if let result {
                    continuation.resume(with: result)
                }
            }
        } onCancel: {
            self.state.withLock { $0.sleepers.removeValue(forKey: id) }?
                .continuation.resume(throwing: CancellationError())
        }
    }

    private func random() -> UInt64 {
        // SplitMix64: no secret, and the same in every run.
        self.state.withLock { state in
            state.random &+= 0x9E37_79B9_7F4A_7C15
            var value = state.random
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }
}
