// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

extension RLSServer {
    static let firstLoadPause = Duration.milliseconds(500)
    static let longestLoadPause = Duration.seconds(30)
    /// How often dormant dialogs are taken up.
    static let wakeInterval = Duration.milliseconds(250)

    /// Reads all records; tries again while the store is away.
    ///
    /// - Returns: false when it was cancelled.
    func load() async -> Bool {
        guard let store = self.store else { return true }
        var pause = Self.firstLoadPause
        while true {
            let shards = self.shards
            let result = await self.storeCalls.call(within: nil) { () async -> Result<Void, any Error> in
                do {
                    return .success(try await store.load { records in shards.restore(records) })
                } catch {
                    return .failure(error)
                }
            }
            switch result {
            case .success?:
                for shard in 0..<self.shards.count {
                    self.shards.handle(shard) { shard, _ in shard.engine.finishRestoring() }
                }
                if pause > Self.firstLoadPause {
                    self.reporter.report(RLSEvent(.storeBack))
                }
                self.reporter.report(RLSEvent(.restored, count: self.shards.statistics.listDialogs))
                return true
            case .failure(let error)?:
                if pause == Self.firstLoadPause {
                    self.reporter.report(RLSEvent(.storeLost, detail: String(describing: error)))
                }
                self.shards.reset()
                await self.alarms.sleep(until: self.environment.now().advanced(by: pause))
                pause = min(pause * 2, Self.longestLoadPause)
            case nil:
                return false
            }
            guard !Task.isCancelled else { return false }
        }
    }

    /// Wakes restored dialogs at `restartRate`, those that expire soonest first; ends when all are awake.
    func wakeDialogs() async {
        let share = max(1, self.configuration.restartRate / 4)
        while !Task.isCancelled, self.shards.statistics.dormantDialogs > 0 {
            let due = self.environment.now().advanced(by: Self.wakeInterval)
            var left = share
            var tickets: [RLSDialogTicket] = []
            for shard in 0..<self.shards.count where left > 0 {
                // Every shard has its part; what one does not need, the next ones get.
                let limit = (left + self.shards.count - shard - 1) / (self.shards.count - shard)
                let ready = self.shards.handle(shard) { $0.engine.dormantDialogs(limit: limit, now: $1) }
                left -= ready.count
                tickets += ready
            }
            await self.forEach(tickets) { await self.recheck($0) }
            await self.alarms.sleep(until: due)
        }
    }
}

extension ShardSet {
    /// Takes a page of records from the store.
    func restore(_ records: [RLSStoredRecord]) {
        var byShard: [[RLSStoredRecord]] = Array(repeating: [], count: self.count)
        for record in records {
            let key =
                switch record {
                case .dialog(let stored): stored.key
                case .state(let stored): stored.dialog
                }
            byShard[RLSEngine.shard(of: key, shardCount: self.count)].append(record)
        }
        for (index, records) in byShard.enumerated() where !records.isEmpty {
            self.handleRecords(index) { shard, now in
                for record in records {
                    shard.engine.restore(record, now: now)
                }
            }
        }
    }
}
