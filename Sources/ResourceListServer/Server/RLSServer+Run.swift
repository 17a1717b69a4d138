// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import RLSCore

extension RLSServer {
    /// Runs the server: loads what the store has, then drives time until an orderly end has been asked for.
    ///
    /// Returns when that end is done. Cancelling the task stops at once, without telling anybody. Either way ``actions``
    /// ends, and SUBSCRIBEs for lists get 503 from then on. A server runs once.
    ///
    /// - Throws: CancellationError; ``RLSServerError`` when it runs or has run already.
    public func run() async throws {
        guard self.lifecycle.start() else { throw RLSServerError(.alreadyRun) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.drive() }
            group.addTask { await self.work() }
            await group.next()
            self.stop()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    /// Waits until ``run()`` has loaded what the store has: from then on SUBSCRIBEs for lists are served. A proxy that opens
    /// its sockets, or tells a load balancer that it is ready, after this never answers 503 for a start that takes long.
    ///
    /// While the store is away it waits on. Any number of tasks may wait.
    ///
    /// - Returns: whether the server serves; false when it has ended, is about to, or the task was cancelled.
    public func untilServing() async -> Bool {
        await self.lifecycle.untilServing()
    }

    /// Nobody may wait for anything any more.
    private func stop() {
        self.lifecycle.change(to: .stopped)
        self.writeBehind?.close()
        self.alarms.close()
        self.listChanges.close()
        self.queue.finish()
    }

    /// Everything between the start and the orderly end.
    private func work() async {
        guard await self.loadUnlessEnded() else { return }
        self.lifecycle.change(to: .serving)
        self.sleeper.wake()
        await withTaskGroup(of: Void.self) { group in
            if let writeBehind = self.writeBehind {
                group.addTask { await writeBehind.run() }
                group.addTask { await self.flushStates(to: writeBehind) }
                group.addTask { await self.cleanStore() }
            }
            group.addTask { await self.recheckLists() }
            group.addTask { await self.watchResolver() }
            group.addTask { await self.wakeDialogs() }
            await self.untilShutdown()
            if !Task.isCancelled {
                await self.drainWithinLimit()
            }
            group.cancelAll()
        }
    }

    /// - Returns: false when the end was asked for before everything had been loaded: what is in the store stays there.
    private func loadUnlessEnded() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.load() }
            group.addTask {
                await self.untilShutdown()
                return false
            }
            let isLoaded = await group.next() ?? false
            group.cancelAll()
            return isLoaded
        }
    }

    private func untilShutdown() async {
        while !Task.isCancelled, self.lifecycle.requestedShutdown == nil {
            await self.lifecycle.shutdownSignal.wait()
        }
    }

    private func flushStates(to writeBehind: WriteBehind) async {
        while !Task.isCancelled {
            await self.alarms.sleep(until: self.environment.now().advanced(by: self.configuration.stateFlushInterval))
            writeBehind.flushStates()
        }
    }

    private func cleanStore() async {
        guard let store = self.store else { return }
        while !Task.isCancelled {
            await self.alarms.sleep(until: self.environment.now().advanced(by: self.configuration.cleanPeriod))
            guard !Task.isCancelled else { return }
            let error = await self.storeCalls.call(within: nil) { () async -> String? in
                do {
                    try await store.clean()
                    return nil
                } catch {
                    return String(describing: error)
                }
            }
            if let error = error ?? nil {
                // Expired records are left out when they are loaded: nothing is lost but room.
                self.reporter.logger.debug("expired records not removed", metadata: .init([.error: error]))
            }
        }
    }
}
