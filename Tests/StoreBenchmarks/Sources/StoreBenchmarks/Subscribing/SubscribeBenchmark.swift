// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import RLSCore
import RLSTestKit
import ResourceListServer
import SIPMessage

/// SUBSCRIBEs to lists whose 200 waits for the store: how many commits they cost, and how long they take, with so many
/// phones at once.
struct SubscribeBenchmark {
    static let subscribes = 4_000

    private let store: CountingStore

    init(store: any RLSStore) {
        self.store = CountingStore(store)
    }

    func run() async throws {
        let table = Table(
            "4000 SUBSCRIBEs",
            "at once",
            "per second",
            "commits each",
            "median ms",
            "99 % ms",
            "CPU µs each"
        )
        for phones in [1, 16, 64, 256] {
            try await self.run(phones, phones == 1 ? 200 : Self.subscribes, table)
        }
    }

    /// - Parameter phones: each sends its next SUBSCRIBE when the last one was answered.
    private func run(_ phones: Int, _ subscribes: Int, _ table: Table) async throws {
        let resolver = ScriptedResolver()
        resolver.setList(Self.list, [])
        let server = RLSServer(
            resolver: resolver,
            store: self.store,
            logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await server.run() }
            group.addTask { for await _ in server.actions {} }
            // Until the store was read the answer is 503.
            var probe = Self.watcher("probe\(phones)")
            while await Self.status(of: probe.subscribe(), server) != 200 {
                try await Task.sleep(for: .milliseconds(10))
                probe = Self.watcher("probe\(phones)")
            }
            let perPhone = subscribes / phones
            var watchers = (0..<phones).map { phone in
                (0..<perPhone).map { Self.watcher("\(phones)-\(phone)-\($0)") }
            }
            for kind in ["first", "refresh"] {
                _ = self.store.takeCounts()
                let own = Processes.ownSeconds
                let begun = ContinuousClock.now
                var times: [Double] = []
                await withTaskGroup(of: ([StrictWatcher], [Double]).self) { group in
                    for part in watchers {
                        group.addTask { await Self.send(part, to: server) }
                    }
                    watchers = []
                    for await (part, taken) in group {
                        watchers.append(part)
                        times += taken
                    }
                }
                let wall = (ContinuousClock.now - begun).seconds
                let count = Double(perPhone * phones)
                table.row(
                    kind,
                    "\(phones)",
                    Table.text(count / wall),
                    Table.text(Double(self.store.takeCounts().commits) / count, 3),
                    Table.text(times.quantile(0.5) * 1e3, 1),
                    Table.text(times.quantile(0.99) * 1e3, 1),
                    Table.text((Processes.ownSeconds - own) * 1e6 / count)
                )
            }
            group.cancelAll()
        }
    }

    /// Sends the next SUBSCRIBE of each watcher, one after the other.
    private static func send(_ part: [StrictWatcher], to server: RLSServer) async -> ([StrictWatcher], [Double]) {
        var part = part
        var times: [Double] = []
        for index in part.indices {
            let request = part[index].subscribe()
            let begun = ContinuousClock.now
            let actions = await server.rlsHandleSubscribe(request, via: Self.path)
            times.append((ContinuousClock.now - begun).seconds)
            for case .reply(let response) in actions {
                precondition(response.statusCode == 200, "answered \(response.statusCode)")
                part[index].receive(response, at: .zero)
            }
        }
        return (part, times)
    }

    private static func status(of request: SIPRequest, _ server: RLSServer) async -> Int? {
        for case .reply(let response) in await server.rlsHandleSubscribe(request, via: Self.path) {
            return response.statusCode
        }
        return nil
    }

    private static let list = "sip:list@example.org"

    private static let path = SIPPath(
        transport: .udp,
        local: SIPPath.Address(host: "192.0.2.10", port: 5060),
        remote: SIPPath.Address(host: "192.0.2.1", port: 5062)
    )

    private static func watcher(_ name: String) -> StrictWatcher {
        StrictWatcher(
            WatcherOptions(
                listURI: Self.list,
                watcherURI: "sip:user-\(name)@example.org",
                contact: "sip:user-\(name)@192.0.2.1:5062",
                callID: "\(name)@192.0.2.1",
                tag: name
            )
        )
    }
}
