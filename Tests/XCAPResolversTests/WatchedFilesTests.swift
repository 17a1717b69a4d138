// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import XCAPResolvers

@Suite struct WatchedFilesTests {
    private let tree: TemporaryTree

    init() throws {
        self.tree = try TemporaryTree()
        try self.tree.makeFolder("lists")
    }

    private func use(_ files: inout WatchedFiles, _ keys: [String], at now: ContinuousClock.Instant = .now) {
        files.use(keys, now: now) { key in
            let path = "\(self.tree.path)/lists/\(key)"
            return ([path], FileStamp(path: path))
        }
    }

    @Test func eachHasItsTurn() throws {
        var files = WatchedFiles()
        let keys = (10..<17).map { String($0) }
        self.use(&files, keys)
        for key in keys {
            try self.tree.write(key, to: "lists/\(key)")
        }
        var told: [[String]] = []
        var sequence = files.sequence
        for _ in 0..<4 {
            #expect(files.look(atMost: 3) == 3)
            told.append(files.changes(after: sequence))
            sequence = files.sequence
        }
        #expect(told == [["10", "11", "12"], ["13", "14", "15"], ["16"], []])
    }

    @Test func allAreLookedAtWhenThereAreFew() {
        var files = WatchedFiles()
        #expect(files.look(atMost: 3) == 0)
        self.use(&files, ["a", "b"])
        #expect(files.look(atMost: 3) == 2)
        #expect(files.changes(after: 0) == [])
    }

    @Test func thoseThatNobodyAsksForMakeRoom() throws {
        var files = WatchedFiles(limit: 2)
        let start = ContinuousClock.now
        self.use(&files, ["a", "b"], at: start)
        self.use(&files, ["c"], at: start + .seconds(10))
        #expect(files.count == 2)
        // Asked for again, so it stays.
        self.use(&files, ["b"], at: start + .seconds(3 * 3_600))
        self.use(&files, ["c"], at: start + .seconds(3 * 3_600 + 120))
        #expect(files.count == 2)
        for key in ["a", "b", "c"] {
            try self.tree.write(key, to: "lists/\(key)")
        }
        #expect(files.look(atMost: 9) == 2)
        #expect(files.changes(after: 0) == ["b", "c"])
    }

    /// It goes over all of them, and a server with more lists than that would do it for each SUBSCRIBE.
    @Test func roomIsMadeOnceAMinute() throws {
        var files = WatchedFiles(limit: 1)
        let start = ContinuousClock.now
        try self.tree.write("b", to: "lists/b")
        self.use(&files, ["a"], at: start)
        for (seconds, isA) in [(3 * 3_600 - 30, true), (3 * 3_600 + 1, true), (3 * 3_600 + 31, false)] {
            self.use(&files, ["b"], at: start + .seconds(seconds))
            let sequence = files.sequence
            try self.tree.write("\(seconds)", to: "lists/\(isA ? "a" : "b")")
            _ = files.look(atMost: 1)
            #expect(files.changes(after: sequence) == [isA ? "a" : "b"])
        }
    }
}
