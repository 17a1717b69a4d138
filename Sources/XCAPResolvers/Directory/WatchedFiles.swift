// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The files that lists were made from, each looked at in its turn.
struct WatchedFiles {
    /// A document in use.
    private struct File {
        var key: String
        /// Where it may stand. Made once: files are looked at several times a second.
        var paths: [String]
        var stamp: FileStamp?
        /// Number of its last change.
        var changed = 0
        var asked: ContinuousClock.Instant
    }

    private var files: [File] = []
    private var indices: [String: Int] = [:]
    /// Whose turn is next.
    private var turn = 0
    /// When those that nobody asks for may be forgotten again, to make room.
    private var nextForgetting = ContinuousClock.now
    /// Number of the last change.
    private(set) var sequence = 0

    /// Files looked at for changes.
    private let limit: Int
    /// How long a file is looked at after it was last asked for: longer than any list subscription lives unrefreshed.
    private static let watchTime = Duration.seconds(3 * 3_600)
    /// Looking for those takes milliseconds, and a server with more lists than ``limit`` would do it for each SUBSCRIBE.
    private static let forgettingInterval = Duration.seconds(60)

    init(limit: Int = 16_384) {
        self.limit = limit
    }

    var count: Int { self.files.count }

    /// These are asked for now.
    ///
    /// - Parameter locate: where a new one may stand, and what it looked like when the list was made: a change since then is
    ///   not missed. Nil when it is no document.
    mutating func use(
        _ keys: [String],
        now: ContinuousClock.Instant = .now,
        _ locate: (String) -> (paths: [String], stamp: FileStamp?)?
    ) {
        if self.files.count + keys.count > self.limit, now >= self.nextForgetting {
            self.nextForgetting = now.advanced(by: Self.forgettingInterval)
            self.forget(before: now - Self.watchTime)
        }
        for key in keys {
            if let index = self.indices[key] {
                self.files[index].asked = now
            } else if self.files.count < self.limit, let (paths, stamp) = locate(key) {
                self.indices[key] = self.files.count
                self.files.append(File(key: key, paths: paths, stamp: stamp, asked: now))
            }
        }
    }

    /// Looks at the next `limit` files.
    ///
    /// - Returns: how many there were.
    mutating func look(atMost limit: Int) -> Int {
        let count = min(limit, self.files.count)
        for _ in 0..<count {
            if self.turn >= self.files.count { self.turn = 0 }
            let stamp = FileStamp.first(of: self.files[self.turn].paths)?.stamp
            if stamp != self.files[self.turn].stamp {
                self.sequence += 1
                self.files[self.turn].stamp = stamp
                self.files[self.turn].changed = self.sequence
            }
            self.turn += 1
        }
        return count
    }

    /// Keys of what has been seen to change after a point of the sequence.
    func changes(after sequence: Int) -> [String] {
        guard self.sequence > sequence else { return [] }
        return self.files.filter { $0.changed > sequence }.map(\.key).sorted()
    }

    private mutating func forget(before time: ContinuousClock.Instant) {
        self.files.removeAll { $0.asked < time }
        self.indices = Dictionary(uniqueKeysWithValues: self.files.indices.map { (self.files[$0].key, $0) })
        self.turn = 0
    }
}
