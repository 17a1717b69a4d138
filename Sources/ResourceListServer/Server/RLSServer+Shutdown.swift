// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore

extension RLSServer {
    /// Begins an orderly end and returns at once; ``run()`` returns when it is done. Callable from a signal's handler.
    ///
    /// New SUBSCRIBEs get 503. What is being handled is finished, then back-ends are unsubscribed at the paced rate.
    /// ``actions`` ends after the last batch, so go on consuming it and reporting outcomes. The first call counts.
    ///
    /// - Parameters:
    ///   - mode: whether list dialogs stay in the store or are told `deactivated`. Without a store nothing can stay:
    ///     `.keepDialogs` then does what `.endDialogs` does.
    ///   - limit: what is not done by then is left undone.
    public func beginShutdown(_ mode: RLSShutdown, within limit: Duration = .seconds(20)) {
        self.lifecycle.requestShutdown(self.store == nil ? .endDialogs : mode, within: limit)
    }

    func drainWithinLimit() async {
        guard let (mode, limit) = self.lifecycle.requestedShutdown else { return }
        let start = self.environment.now()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.drain(mode, since: start, limit: limit) }
            group.addTask { await self.alarms.sleep(until: start.advanced(by: limit)) }
            await group.next()
            group.cancelAll()
        }
    }

    private func drain(_ mode: RLSShutdown, since start: RLSInstant, limit: Duration) async {
        self.lifecycle.change(to: .draining(mode))
        // What is being handled ends first, so that no dialog is stored or told twice; a plug that hangs may take half.
        await self.untilQuiet(until: start.advanced(by: limit / 2))
        for shard in 0..<self.shards.count {
            let actions = self.shards.handleRecords(shard) { shard, now in shard.engine.beginDrain(mode, now: now) }
            self.queue.append(actions, now: self.environment.now())
        }
        self.sleeper.wake()
        while !Task.isCancelled, !self.shards.isDrained || self.queue.waitingSince != nil {
            await self.shards.drainSignal.wait()
        }
        await self.writeBehind?.flush()
    }

    private func untilQuiet(until end: RLSInstant) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.lifecycle.untilQuiet() }
            group.addTask { await self.alarms.sleep(until: end) }
            await group.next()
            group.cancelAll()
        }
    }
}
