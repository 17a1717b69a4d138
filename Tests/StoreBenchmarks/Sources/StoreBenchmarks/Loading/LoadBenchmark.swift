// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import RLSCore
import RLSTestKit
import ResourceListServer
import Synchronization

/// A start with 100,000 list dialogs and 2 million states: the store alone, then a server until it serves.
struct LoadBenchmark {
    static let dialogs = 100_000
    static let statesPerDialog = 20

    private let store: any RLSStore

    init(store: any RLSStore) {
        self.store = store
    }

    func run() async throws {
        try await self.fill()
        let table = Table("\(Self.dialogs) dialogs, 2 million states", "seconds", "CPU s", "MiB grown", "MiB at most")
        let pages = Mutex((records: 0, largest: 0))
        try await self.measure("store alone", table) {
            try await self.store.load { page in
                pages.withLock { pages in
                    pages.records += page.count
                    pages.largest = max(pages.largest, page.count)
                }
            }
        }
        let found = pages.withLock { $0 }
        precondition(found.records == Self.dialogs * (1 + Self.statesPerDialog), "loaded \(found.records)")
        let observer = Restored()
        let server = RLSServer(
            resolver: ScriptedResolver(),
            store: self.store,
            observer: observer,
            logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        var task: Task<Void, any Error>?
        await self.measure("server, until it serves", table) {
            task = Task { try await server.run() }
            for await count in observer.counts {
                precondition(count == Self.dialogs, "restored \(count)")
                break
            }
        }
        task?.cancel()
        _ = await task?.result
    }

    private func measure(_ name: String, _ table: Table, _ body: () async throws -> Void) async rethrows {
        let before = Processes.resident.now
        let own = Processes.ownSeconds
        let begun = ContinuousClock.now
        try await body()
        let wall = (ContinuousClock.now - begun).seconds
        let after = Processes.resident
        table.row(
            name,
            Table.text(wall, 1),
            Table.text(Processes.ownSeconds - own, 1),
            Table.text(Double(after.now - before) / 1_048_576),
            Table.text(Double(after.most) / 1_048_576)
        )
    }

    private func fill() async throws {
        let expires = RLSEnvironment.system.epochSeconds() + 7_200
        let bite = 500
        for first in stride(from: 0, to: Self.dialogs, by: bite) {
            var batch: [RLSRecordChange] = []
            for number in first..<first + bite {
                batch.append(.putDialog(Records.dialog(number, expires: expires), known: false))
                for state in 0..<Self.statesPerDialog {
                    batch.append(.putState(Records.state(state, of: number, expires: expires), known: false))
                }
            }
            _ = try await self.store.commit(batch)
        }
    }
}

/// Tells when everything has been restored.
private final class Restored: RLSObserver {
    let counts: AsyncStream<Int>
    private let continuation: AsyncStream<Int>.Continuation

    init() {
        (self.counts, self.continuation) = AsyncStream.makeStream(of: Int.self)
    }

    func event(_ event: RLSEvent) {
        guard event.kind == .restored else { return }
        self.continuation.yield(event.count)
    }
}
