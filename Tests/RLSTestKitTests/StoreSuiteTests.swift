// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import ResourceListServer
import Testing

/// The suite for stores passes on a good one and notices what bad ones do.
struct StoreSuiteTests {
    @Test(arguments: RLSStoreSuite.checks)
    func inMemoryStoreKeepsTheContract(_ check: RLSStoreSuite.Check) async throws {
        try await check.run(InMemoryStore(epochSeconds: RLSEnvironment.system.epochSeconds))
    }

    @Test(arguments: BadStore.Fault.allCases)
    func eachFaultIsFoundByACheck(fault: BadStore.Fault) async {
        var found: [String] = []
        for check in RLSStoreSuite.checks {
            do {
                try await check.run(BadStore(fault))
            } catch is RLSStoreSuite.Failure {
                found.append(check.description)
            } catch {
                Issue.record("\(check): \(error)")
            }
        }
        #expect(!found.isEmpty)
    }
}

/// A store that makes one mistake, each of which a real one has made or may make.
final class BadStore: RLSStore {
    enum Fault: CaseIterable, Sendable {
        case keepsStatesOfDeletedDialogs, losesKnownRecordsThatAreMissing, leavesExistingRecordsAsTheyAre
        case putsBeforeItDeletes, cutsBodiesAtNUL, forgetsIdentity, ignoresCase, refusesLongBodies
        case deliversExpired, cleansTooMuch, deliversStatesFirst, swallowsErrorsOfTheCaller
    }

    private let fault: Fault
    private let inner: InMemoryStore

    init(_ fault: Fault) {
        self.fault = fault
        let clock = RLSEnvironment.system.epochSeconds
        self.inner = fault == .deliversExpired ? InMemoryStore() : InMemoryStore(epochSeconds: clock)
    }

    func commit(_ batch: [RLSRecordChange]) async throws -> [RLSRejection] {
        switch self.fault {
        case .putsBeforeItDeletes:
            return try await self.inner.commit(
                batch.filter { !Self.isDeletion($0) } + batch.filter { Self.isDeletion($0) }
            )
        case .refusesLongBodies:
            let long = batch.indices.filter { (Self.body(batch[$0])?.count ?? 0) > 65_535 }
            _ = try await self.inner.commit(batch.indices.filter { !long.contains($0) }.map { batch[$0] })
            return long.map { RLSRejection(index: $0, reason: "too long") }
        case .keepsStatesOfDeletedDialogs, .losesKnownRecordsThatAreMissing, .leavesExistingRecordsAsTheyAre,
            .cutsBodiesAtNUL, .forgetsIdentity, .ignoresCase, .deliversExpired, .cleansTooMuch, .deliversStatesFirst,
            .swallowsErrorsOfTheCaller:
            return try await self.inner.commit(batch.flatMap { self.mangled($0) })
        }
    }

    func load(_ take: @escaping @Sendable ([RLSStoredRecord]) throws -> Void) async throws {
        switch self.fault {
        case .swallowsErrorsOfTheCaller:
            try await self.inner.load { try? take($0) }
        case .deliversStatesFirst:
            try await self.inner.load { try take($0.reversed()) }
        case .keepsStatesOfDeletedDialogs, .losesKnownRecordsThatAreMissing, .leavesExistingRecordsAsTheyAre,
            .putsBeforeItDeletes, .cutsBodiesAtNUL, .forgetsIdentity, .ignoresCase, .refusesLongBodies,
            .deliversExpired, .cleansTooMuch:
            try await self.inner.load(take)
        }
    }

    func clean() async throws {
        guard self.fault == .cleansTooMuch else { return try await self.inner.clean() }
        _ = try await self.inner.commit(self.inner.dialogs.map { .deleteDialog($0.key) })
    }

    private func mangled(_ change: RLSRecordChange) -> [RLSRecordChange] {
        switch change {
        case .putDialog(let dialog, let known): self.mangled(dialog, known: known)
        case .putState(let state, let known): [.putState(self.mangled(state), known: known)]
        case .deleteDialog(let key): [change] + self.statesKept(of: key)
        case .deleteState: [change]
        }
    }

    private func mangled(_ dialog: RLSStoredDialog, known: Bool) -> [RLSRecordChange] {
        let isThere = self.inner.dialogs.contains { $0.key == dialog.key }
        var dialog = dialog
        switch self.fault {
        case .losesKnownRecordsThatAreMissing where known && !isThere:
            return []
        case .leavesExistingRecordsAsTheyAre where !known && isThere:
            return []
        case .forgetsIdentity:
            dialog.watcher = dialog.from
        case .losesKnownRecordsThatAreMissing, .leavesExistingRecordsAsTheyAre, .keepsStatesOfDeletedDialogs,
            .putsBeforeItDeletes, .cutsBodiesAtNUL, .ignoresCase, .refusesLongBodies, .deliversExpired, .cleansTooMuch,
            .deliversStatesFirst, .swallowsErrorsOfTheCaller:
            break
        }
        return [.putDialog(dialog, known: known)]
    }

    private func mangled(_ state: RLSStoredState) -> RLSStoredState {
        var state = state
        switch self.fault {
        case .cutsBodiesAtNUL:
            state.body = Array(state.body.prefix { $0 != 0 })
        case .ignoresCase:
            state.resourceURI = state.resourceURI.lowercased()
        case .losesKnownRecordsThatAreMissing, .leavesExistingRecordsAsTheyAre, .keepsStatesOfDeletedDialogs,
            .putsBeforeItDeletes, .forgetsIdentity, .refusesLongBodies, .deliversExpired, .cleansTooMuch,
            .deliversStatesFirst, .swallowsErrorsOfTheCaller:
            break
        }
        return state
    }

    private func statesKept(of dialog: RLSDialogKey) -> [RLSRecordChange] {
        guard self.fault == .keepsStatesOfDeletedDialogs else { return [] }
        return self.inner.states.filter { $0.dialog == dialog }.map { .putState($0, known: true) }
    }

    private static func isDeletion(_ change: RLSRecordChange) -> Bool {
        switch change {
        case .deleteDialog, .deleteState: true
        case .putDialog, .putState: false
        }
    }

    private static func body(_ change: RLSRecordChange) -> [UInt8]? {
        if case .putState(let state, known: _) = change { state.body } else { nil }
    }
}
