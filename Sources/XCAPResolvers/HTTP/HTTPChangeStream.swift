// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
internal import ResourceListServer
internal import XCAPDocuments

/// One stream of changes, found by asking again for each document in use (R4825-12). It is driven by its consumer: nothing
/// is asked when nobody listens.
actor HTTPChangeStream {
    private let cache: HTTPDocumentCache
    private let interval: Duration
    private let rate: Int
    private var sequence: Int?

    init(_ cache: HTTPDocumentCache, every interval: Duration, rate: Int) {
        self.cache = cache
        self.interval = interval
        self.rate = max(1, rate)
    }

    /// Waits for the next change; nil when the task is cancelled.
    func next() async -> RLSListChange? {
        while true {
            let changes = await self.cache.changes(after: self.sequence)
            self.sequence = changes.sequence
            if !changes.keys.isEmpty {
                return .documents(changes.keys)
            }
            let due = await self.cache.due(after: self.interval, atMost: max(1, self.rate / 4))
            await self.revalidate(due)
            do {
                // Four rounds a second, each with a quarter of what a second may take.
                try await Task.sleep(for: min(self.interval, .milliseconds(250)))
            } catch {
                return nil
            }
        }
    }

    private func revalidate(_ documents: [XCAPDocumentReference]) async {
        let cache = self.cache
        await withTaskGroup(of: Void.self) { group in
            for document in documents {
                // What goes wrong here is told to whoever resolves the list next; a hint is all this gives.
                group.addTask { _ = try? await cache.document(document, freshness: .zero) }
            }
        }
    }
}
#endif
