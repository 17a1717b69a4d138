// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import ResourceListServer

/// One stream of changes. It is driven by its consumer: nothing runs when nobody listens.
actor DirectoryWatch {
    private let reader: DirectoryReader
    private let interval: Duration
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
            do {
                try await Task.sleep(for: self.interval)
            } catch {
                return nil
            }
        }
    }
}
