// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// When changed states are written: every `stateFlushInterval`, in batches.
///
/// States can wait. Between two of their batches the store, and the processor that it may share with us, is left alone for
/// as long as the first one took; not when half of the interval has passed that way, nor when somebody waits for the end.
struct StateFlush {
    private let interval: Duration
    private(set) var isDue = false
    private var began = RLSInstant.zero
    private var resumes = RLSInstant.zero

    init(interval: Duration) {
        self.interval = interval
    }

    mutating func begin(now: RLSInstant) {
        guard !self.isDue else { return }
        self.isDue = true
        self.began = now
    }

    /// Whether the next batch may have states.
    func isOpen(now: RLSInstant) -> Bool {
        self.isDue && self.resumes <= now
    }

    /// All that there were are in a batch.
    mutating func end() {
        self.isDue = false
    }

    /// Somebody waits for the end.
    mutating func hurry() {
        self.resumes = .zero
    }

    /// A batch with states has been written.
    ///
    /// - Returns: when the next one may follow; nil for at once.
    mutating func wrote(since begin: RLSInstant, now: RLSInstant, isHurried: Bool) -> RLSInstant? {
        guard self.isDue, !isHurried, begin < now, now.duration(since: self.began) < self.interval / 2 else {
            return nil
        }
        self.resumes = now.advanced(by: now.duration(since: begin))
        return self.resumes
    }
}
