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
        switch (self.fault, change) {
        case (.keepsStatesOfDeletedDialogs, .deleteDialog(let key)):
            let states = self.inner.states.filter { $0.dialog == key }
            return [change] + states.map { .putState($0, known: true) }
        case (.losesKnownRecordsThatAreMissing, .putDialog(let dialog, known: true)):
            return self.has(dialog.key) ? [change] : []
        case (.leavesExistingRecordsAsTheyAre, .putDialog(let dialog, known: false)):
            return self.has(dialog.key) ? [] : [change]
        case (.cutsBodiesAtNUL, .putState(var state, let known)):
            state.body = Array(state.body.prefix { $0 != 0 })
            return [.putState(state, known: known)]
        case (.forgetsIdentity, .putDialog(var dialog, let known)):
            dialog.watcher = dialog.from
            return [.putDialog(dialog, known: known)]
        case (.ignoresCase, .putState(var state, let known)):
            state.resourceURI = state.resourceURI.lowercased()
            return [.putState(state, known: known)]
        default:
            return [change]
        }
    }

    private func has(_ key: RLSDialogKey) -> Bool { self.inner.dialogs.contains { $0.key == key } }

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
