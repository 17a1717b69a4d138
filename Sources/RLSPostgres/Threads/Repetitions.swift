// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// Decides whether work that failed is worth doing again, and after which pause.
///
/// A broken connection and changed tables are each put up with once. Other transactions may get in the way until time
/// is up: two servers that write the same rows, as after a failover, can deadlock several times in a row.
struct Repetitions {
    static let firstPause = Duration.milliseconds(2)
    static let longestPause = Duration.milliseconds(100)

    private let deadline: Deadline
    private var pause = Repetitions.firstPause
    private var wasConnectionLost = false
    private var wereTablesChanged = false

    /// - Parameter limit: no repetition begins later than this, counted from now.
    init(within limit: Duration) {
        self.deadline = Deadline(in: limit)
    }

    /// How many milliseconds to wait before the work is done again; nil: the error stands.
    ///
    /// - Parameter share: the part of the longest pause, 0 to 1; random, so that those who were in each other's way do not
    ///   meet again.
    mutating func pause(after error: PostgresError, share: Double = .random(in: 0...1)) -> Int32? {
        if error.isAboutConcurrency {
            let wait = Deadline(in: self.pause * share).milliseconds
            self.pause = min(self.pause * 2, Self.longestPause)
            return wait < self.deadline.milliseconds ? wait : nil
        }
        if error.isAboutLayout {
            defer { self.wereTablesChanged = true }
            return self.wereTablesChanged ? nil : 0
        }
        guard error.code == .unavailable else { return nil }
        defer { self.wasConnectionLost = true }
        return self.wasConnectionLost ? nil : 0
    }
}
#endif
