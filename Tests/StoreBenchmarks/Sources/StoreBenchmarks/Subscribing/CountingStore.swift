// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer
import Synchronization

/// A store that counts what it is asked.
final class CountingStore: RLSStore {
    private let store: any RLSStore
    private let counts = Mutex((commits: 0, changes: 0))

    init(_ store: any RLSStore) {
        self.store = store
    }

    /// Commits and the changes in them since the last call.
    func takeCounts() -> (commits: Int, changes: Int) {
        self.counts.withLock { counts in
            defer { counts = (0, 0) }
            return counts
        }
    }

    func commit(_ batch: [RLSRecordChange]) async throws -> [RLSRejection] {
        self.counts.withLock { counts in
            counts.commits += 1
            counts.changes += batch.count
        }
        return try await self.store.commit(batch)
    }

    func load(_ take: @escaping @Sendable ([RLSStoredRecord]) throws -> Void) async throws {
        try await self.store.load(take)
    }
}
