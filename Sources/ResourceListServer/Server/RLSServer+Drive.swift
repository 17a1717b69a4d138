// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

extension RLSServer {
    /// How long a batch may wait for the consumer of `actions` before it is called stalled.
    static let stallLimit = Duration.seconds(1)
    static let stallReportInterval = Duration.seconds(60)
    /// Actions after which a batch is handed out although more is due. An engine adds a few hundred at a time.
    static let batchLimit = 512

    /// Drives time: rings alarms, lets engines do what is due, sleeps until there is more. The only sleeper.
    func drive() async {
        var stall = StallWatch()
        while !Task.isCancelled {
            self.sleeper.looksAround()
            let now = self.environment.now()
            self.alarms.ring(now: now)
            var deadline = self.runEngines()
            if let report = stall.check(waitingSince: self.queue.waitingSince, now: now) {
                self.reporter.report(RLSEvent(.actionsStalled, count: report))
            }
            if let next = stall.nextCheck {
                deadline = min(deadline ?? next, next)
            }
            if let alarm = self.alarms.earliest {
                deadline = min(deadline ?? alarm, alarm)
            }
            await self.sleeper.sleep(until: deadline)
        }
    }

    /// Lets engines work while the consumer keeps up; when a batch waits, all of them wait for it to be taken.
    ///
    /// What all shards want sent at one tick goes out as one batch: each batch wakes the consumer, and that costs more
    /// than a request.
    ///
    /// - Returns: the earliest deadline of all; nil when there is none, or when the consumer has to be waited for.
    private func runEngines() -> RLSInstant? {
        guard self.lifecycle.runsEngines else { return nil }
        while self.queue.waitingSince == nil, !Task.isCancelled {
            let round = self.runEnginesOnce()
            self.queue.append(round.batch, now: self.environment.now())
            guard round.hasMore else { return round.earliest }
        }
        return nil
    }

    /// Lets each engine do what is due, until the batch is large enough.
    private func runEnginesOnce() -> (batch: [RLSAction], earliest: RLSInstant?, hasMore: Bool) {
        var batch: [RLSAction] = []
        var earliest: RLSInstant?
        for shard in 0..<self.shards.count {
            var hasMore = true
            while hasMore {
                guard batch.count < Self.batchLimit, !Task.isCancelled else { return (batch, nil, true) }
                let (actions, deadline) = self.shards.handleTimeout(shard)
                if batch.isEmpty {
                    batch = actions
                } else {
                    batch.append(contentsOf: actions)
                }
                hasMore = deadline.map { $0 <= self.environment.now() } ?? false
                if !hasMore, let deadline {
                    earliest = min(earliest ?? deadline, deadline)
                }
            }
        }
        return (batch, earliest, false)
    }
}

/// Notices a consumer that does not take batches; reports it once per minute.
private struct StallWatch {
    private var lastReport: RLSInstant?
    private(set) var nextCheck: RLSInstant?

    /// - Returns: milliseconds of lateness when it is time to report.
    mutating func check(waitingSince: RLSInstant?, now: RLSInstant) -> Int? {
        guard let since = waitingSince else {
            self.nextCheck = nil
            return nil
        }
        let mayReport = self.lastReport.map { $0.advanced(by: RLSServer.stallReportInterval) } ?? .zero
        let due = max(since.advanced(by: RLSServer.stallLimit), mayReport)
        guard due <= now else {
            self.nextCheck = due
            return nil
        }
        self.lastReport = now
        self.nextCheck = now.advanced(by: RLSServer.stallReportInterval)
        return Int(now.duration(since: since) / .milliseconds(1))
    }
}
