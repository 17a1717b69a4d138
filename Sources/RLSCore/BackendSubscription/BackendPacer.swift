// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Spreads back-end SUBSCRIBEs over time: so many per second, so many without an answer, so many per next hop.
///
/// Refreshes and unsubscribes go before first subscriptions: what stands must not fall for what is new.
struct BackendPacer {
    /// First subscriptions or urgent ones (refreshes and unsubscribes).
    private struct Line {
        var waiting = FIFOQueue<BackendRow.Reference>()
        /// Stands in the round of next hops that may send.
        var isListed = false
    }

    private struct Hop {
        var inFlight = 0
        var urgent = Line()
        var first = Line()
    }

    private let rate: Double
    private let burst: Double
    private let inFlightLimit: Int
    private let hopLimit: Int
    private var hops: [Hop] = []
    private var hopIndex: [String: UInt16] = [:]
    private var tokens: Double
    private var counted: RLSInstant
    private(set) var inFlight = 0
    private var waiting = 0
    /// Next hops with urgent rows and room in flight, in turn, so that a busy one does not starve the others.
    private var urgentRound = FIFOQueue<UInt16>()
    /// The same with first subscriptions.
    private var firstRound = FIFOQueue<UInt16>()

    init(rate: Int, burst: Int, inFlight: Int, perHop: Int, now: RLSInstant) {
        self.rate = Double(rate)
        self.burst = Double(max(burst, 1))
        self.tokens = self.burst
        self.counted = now
        self.inFlightLimit = inFlight
        self.hopLimit = perHop
    }

    /// The index of a next hop, by a name that is equal for equal hops.
    mutating func hop(named name: String) -> UInt16 {
        if let index = self.hopIndex[name] {
            return index
        }
        // Names come from lists that users write: their number is bounded, and the rest shares one budget.
        guard self.hops.count < 65_536 else { return 0 }
        let index = UInt16(self.hops.count)
        self.hops.append(Hop())
        self.hopIndex[name] = index
        return index
    }

    /// A row waits for its turn from now on.
    mutating func enqueue(_ entry: BackendRow.Reference, hop: UInt16, urgent: Bool) {
        if urgent {
            self.hops[Int(hop)].urgent.waiting.append(entry)
        } else {
            self.hops[Int(hop)].first.waiting.append(entry)
        }
        self.waiting += 1
        self.list(hop)
    }

    /// The next row that may send now. The caller either sends and calls `sent(hop:)`, or drops it for free.
    mutating func next(now: RLSInstant) -> BackendRow.Reference? {
        guard self.waiting > 0, self.inFlight < self.inFlightLimit else { return nil }
        self.refill(now: now)
        guard self.tokens >= 1 else { return nil }
        return self.take(from: \.urgentRound, \.urgent) ?? self.take(from: \.firstRound, \.first)
    }

    /// A SUBSCRIBE has been sent.
    mutating func sent(hop: UInt16) {
        self.tokens -= 1
        self.inFlight += 1
        self.hops[Int(hop)].inFlight += 1
    }

    /// A SUBSCRIBE has been answered, or is given up.
    mutating func answered(hop: UInt16) {
        self.inFlight -= 1
        self.hops[Int(hop)].inFlight -= 1
        self.list(hop)
    }

    /// When the next row may send; nil when none waits or only an answer can make room.
    var nextDeadline: RLSInstant? {
        guard self.waiting > 0, self.inFlight < self.inFlightLimit else { return nil }
        guard !self.urgentRound.isEmpty || !self.firstRound.isEmpty else { return nil }
        let missing = 1 - self.tokens
        guard missing > 0 else { return self.counted }
        return self.counted.advanced(by: .nanoseconds(Int64(missing / self.rate * 1e9) + 1)).nextTick(of: self.tick)
    }

    /// Turns come together, in all shards at the same instants: waking up costs more than a SUBSCRIBE. At most 10 ms, and
    /// short enough that no turn is lost because the burst is full.
    private var tick: UInt64 {
        UInt64(max(1, min(10_000_000, self.burst / 2 / self.rate * 1e9)))
    }

    private mutating func take(
        from round: WritableKeyPath<Self, FIFOQueue<UInt16>>,
        _ line: WritableKeyPath<Hop, Line>
    ) -> BackendRow.Reference? {
        while let hop = self[keyPath: round].popFirst() {
            self.hops[Int(hop)][keyPath: line].isListed = false
            guard self.hops[Int(hop)].inFlight < self.hopLimit,
                let entry = self.hops[Int(hop)][keyPath: line].waiting.popFirst()
            else { continue }
            self.waiting -= 1
            self.list(hop)
            return entry
        }
        return nil
    }

    /// Puts a next hop into the rounds it belongs to.
    private mutating func list(_ hop: UInt16) {
        guard self.hops[Int(hop)].inFlight < self.hopLimit else { return }
        if !self.hops[Int(hop)].urgent.waiting.isEmpty, !self.hops[Int(hop)].urgent.isListed {
            self.hops[Int(hop)].urgent.isListed = true
            self.urgentRound.append(hop)
        }
        if !self.hops[Int(hop)].first.waiting.isEmpty, !self.hops[Int(hop)].first.isListed {
            self.hops[Int(hop)].first.isListed = true
            self.firstRound.append(hop)
        }
    }

    /// Counted in whole ticks: otherwise each answer that makes room would let a row or two go by themselves.
    private mutating func refill(now: RLSInstant) {
        let tick = now.lastTick(of: self.tick)
        guard tick > self.counted else { return }
        let seconds = Double(tick.nanoseconds - self.counted.nanoseconds) / 1e9
        self.tokens = min(self.burst, self.tokens + seconds * self.rate)
        self.counted = tick
    }
}

extension RLSInstant {
    /// The last multiple of so many nanoseconds that is not later.
    fileprivate func lastTick(of length: UInt64) -> RLSInstant {
        RLSInstant(nanoseconds: self.nanoseconds - self.nanoseconds % length)
    }

    /// The first multiple of so many nanoseconds that is not earlier.
    fileprivate func nextTick(of length: UInt64) -> RLSInstant {
        let past = self.nanoseconds % length
        return past == 0 ? self : self.advanced(by: .nanoseconds(Int64(length - past)))
    }
}
