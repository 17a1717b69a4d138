// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer

/// What a store delivers, collected.
struct StoreContent: Sendable, Equatable {
    var dialogs: [RLSDialogKey: RLSStoredDialog] = [:]
    var states: [StateKey: RLSStoredState] = [:]
    /// Records in the order in which they came.
    var order: [RLSStoredRecord] = []

    struct StateKey: Hashable, Sendable {
        var dialog: RLSDialogKey
        var resourceURI: String
    }

    static func == (left: StoreContent, right: StoreContent) -> Bool {
        left.dialogs == right.dialogs && left.states == right.states
    }

    /// Loads all of it.
    init(of store: any RLSStore) async throws {
        let collected = Locked<[RLSStoredRecord]>([])
        try await store.load { page in collected.withLock { $0 += page } }
        for record in collected.withLock({ $0 }) {
            self.append(record)
        }
    }

    /// What a list of changes leaves behind.
    init(_ changes: [RLSRecordChange]) {
        for change in changes {
            self.apply(change)
        }
    }

    private mutating func append(_ record: RLSStoredRecord) {
        self.order.append(record)
        switch record {
        case .dialog(let dialog): self.dialogs[dialog.key] = dialog
        case .state(let state):
            self.states[StateKey(dialog: state.dialog, resourceURI: state.resourceURI)] = state
        }
    }

    /// The contract, as simple as it can be.
    mutating func apply(_ change: RLSRecordChange) {
        switch change {
        case .putDialog(let dialog, known: _):
            self.dialogs[dialog.key] = dialog
        case .deleteDialog(let key):
            self.dialogs[key] = nil
            self.states = self.states.filter { $0.key.dialog != key }
        case .putState(let state, known: _):
            self.states[StateKey(dialog: state.dialog, resourceURI: state.resourceURI)] = state
        case .deleteState(let key, let uri):
            self.states[StateKey(dialog: key, resourceURI: uri)] = nil
        }
    }

    /// States are delivered with their dialogs only.
    var deliverable: StoreContent {
        var content = self
        content.states = self.states.filter { self.dialogs[$0.key.dialog] != nil }
        return content
    }
}

extension RLSStoreSuite {
    static func require(_ condition: Bool, _ what: @autoclosure () -> String) throws(Failure) {
        if !condition {
            throw Failure(description: what())
        }
    }

    /// Writes, and wants nothing refused.
    static func write(_ changes: [RLSRecordChange], to store: any RLSStore) async throws {
        let rejections = try await store.commit(changes)
        try Self.require(rejections.isEmpty, "refused: \(rejections)")
    }

    /// Wants the store to deliver exactly this.
    static func requireContent(_ expected: StoreContent, of store: any RLSStore, _ when: String = "") async throws {
        let found = try await StoreContent(of: store)
        for (key, dialog) in expected.dialogs where found.dialogs[key] != dialog {
            let other = found.dialogs[key].map { "\($0)" } ?? "nothing"
            throw Failure(description: "\(when) expected \(dialog), found \(other)")
        }
        for (key, state) in expected.states where found.states[key] != state {
            let other = found.states[key].map { "\($0)" } ?? "nothing"
            throw Failure(description: "\(when) expected \(state), found \(other)")
        }
        try Self.require(found == expected, "\(when) found more: \(found.dialogs.count), \(found.states.count) records")
    }
}
