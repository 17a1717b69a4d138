// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import ResourceListServer
import SIPMessage

/// What outlives a process of the server: its clock, its store, and the world with its plugs.
///
/// Sendable because everything runs on the thread of the world; see ``JobQueue``.
final class ShellMachine: @unchecked Sendable {
    unowned let world: SimulatedWorld
    let jobs: JobQueue
    let time: VirtualTime
    let store: InMemoryStore

    init(_ world: SimulatedWorld) {
        self.world = world
        self.jobs = JobQueue(seed: world.seed &* 17 &+ 3)
        let time = VirtualTime(start: world.now, epochSeconds: world.epochSeconds, seed: world.seed)
        self.time = time
        self.store = InMemoryStore(epochSeconds: { time.epochSeconds })
    }

    /// Lets something happen at the world's time, and everything that follows from it at once.
    func perform(_ body: () -> Void) {
        self.jobs.perform {
            self.time.set(to: self.world.now)
            body()
        }
    }

    /// A plug takes its time.
    func pause(_ milliseconds: Int) async {
        guard milliseconds > 0 else { return }
        try? await self.time.environment.sleep(self.time.now.advanced(by: .milliseconds(milliseconds)))
    }
}

/// The world's lists, and who may see them.
struct ShellPlugs: RLSListResolver, RLSAuthorizer {
    let machine: ShellMachine
    let changes: AsyncStream<RLSListChange>

    private var world: SimulatedWorld { self.machine.world }

    func findService(_ query: RLSListQuery) async throws(RLSResolverError) -> RLSListService? {
        try await self.answer(query.uri.text)
        return self.world.service(query.uri.text)
    }

    func resolve(_ service: RLSListService, known: RLSListVersion?) async throws(RLSResolverError) -> RLSResolution {
        try await self.answer(service.uri)
        return self.world.resolve(service.uri, known: known)
    }

    /// Takes a while, or too long, or fails.
    private func answer(_ uri: String) async throws(RLSResolverError) {
        await self.machine.pause(self.world.plugDelay())
        guard self.world.resolver.isDown else { return }
        if self.world.random.chance(0.3) { await self.machine.pause(5000) }
        throw RLSResolverError(.unavailable, document: uri, message: "down")
    }

    func makeChanges() -> AsyncStream<RLSListChange> { self.changes }

    func authorize(_ request: RLSAuthorizationRequest) async -> RLSAuthorization {
        await self.machine.pause(self.world.plugDelay())
        return self.world.verdict(request.serviceURI)
    }
}

/// The store as one process sees it: slow, away or choosy when the world says so, and gone with the process.
final class ShellStore: RLSStore, @unchecked Sendable {
    private let machine: ShellMachine
    private var running: [RLSRecordChange]?
    private var isDead = false

    init(_ machine: ShellMachine) {
        self.machine = machine
    }

    private var world: SimulatedWorld { self.machine.world }

    func commit(_ batch: [RLSRecordChange]) async throws -> [RLSRejection] {
        let new = batch.compactMap { change -> RLSDialogKey? in
            guard case .putDialog(let record, known: false) = change else { return nil }
            return record.key
        }
        self.running = batch
        self.world.commitBegan(new)
        await self.machine.pause(self.world.storeDelay())
        guard !self.isDead else { throw CancellationError() }
        self.running = nil
        self.world.committing.subtract(new)
        try self.checkReachable()
        let machine = self.machine
        self.machine.store.reject { change in
            // What is known is written behind, too, and numbers that do not reach the store would go back.
            if case .putDialog(_, known: true) = change { return nil }
            return machine.world.rejects(change, isAwaited: true) ? "refused" : nil
        }
        return try await self.machine.store.commit(batch)
    }

    func load(_ take: @escaping @Sendable ([RLSStoredRecord]) throws -> Void) async throws {
        try self.checkReachable()
        let machine = self.machine
        try await self.machine.store.load { records in
            try take(records.compactMap { machine.world.spoil($0) })
        }
    }

    func clean() async throws {
        try self.checkReachable()
        try await self.machine.store.clean()
    }

    private func checkReachable() throws {
        if self.isDead || self.world.store.isDown { throw InMemoryStore.Failure() }
    }

    /// The process is gone: what was being written may have been, everything behind it was not.
    func die() {
        self.isDead = true
        guard let batch = self.running, self.world.random.chance(0.5) else { return }
        let store = self.machine.store
        store.reject(nil)
        Task { _ = try await store.commit(batch) }
    }
}
