// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import ResourceListServer

/// One stream of changes. It is driven by its consumer: nothing runs when nobody listens.
actor DirectoryWatch {
    private let reader: DirectoryReader
    private let interval: Duration
    /// Pause for each file in use, which is some thirty times what looking at it takes: with very many files changes are
    /// noticed later instead of keeping a processor busy.
    private static let pausePerFile = Duration.microseconds(500)
    private var sequence: Int?

    init(_ reader: DirectoryReader, every interval: Duration) {
        self.reader = reader
        self.interval = interval
    }

    /// Waits for the next change; nil when the task is cancelled.
    func next() async -> RLSListChange? {
        while true {
            let changes = await self.reader.changes(after: self.sequence)
            self.sequence = changes.sequence
            if !changes.keys.isEmpty {
                return .documents(changes.keys)
            }
            // Of the interval, the part that these files were of all.
            let share = self.interval * Double(max(changes.looked, 1)) / Double(max(changes.count, 1))
            do {
                try await Task.sleep(for: max(share, Self.pausePerFile * changes.looked))
            } catch {
                return nil
            }
        }
    }
}
