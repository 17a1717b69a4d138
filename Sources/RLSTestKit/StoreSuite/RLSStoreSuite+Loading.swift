// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer

extension RLSStoreSuite {
    private struct Refusal: Error {}

    static let expiryChecks: [Check] = [
        Check("what has expired is not delivered, nor are its states") { store in
            let living: [RLSRecordChange] = [
                .putDialog(StoreSamples.dialog(1), known: false),
                .putState(StoreSamples.state(1, "sip:bob@example.org"), known: false),
            ]
            try await Self.write(living + Self.expired, to: store)
            try await Self.requireContent(StoreContent(living), of: store)
        },
        Check("a state lives as long as its dialog, whatever its own time says") { store in
            var state = StoreSamples.state(1, "sip:bob@example.org")
            state.expires = StoreSamples.now - 100
            let changes: [RLSRecordChange] = [
                .putDialog(StoreSamples.dialog(1), known: false), .putState(state, known: false),
            ]
            try await Self.write(changes, to: store)
            try await store.clean()
            try await Self.requireContent(StoreContent(changes), of: store)
        },
        Check("cleaning leaves what has not expired") { store in
            let living: [RLSRecordChange] = [
                .putDialog(StoreSamples.dialog(1), known: false),
                .putState(StoreSamples.state(1, "sip:bob@example.org"), known: false),
            ]
            try await Self.write(living + Self.expired, to: store)
            try await store.clean()
            try await Self.requireContent(StoreContent(living), of: store)
        },
    ]

    private static var expired: [RLSRecordChange] {
        (10..<20).flatMap { number -> [RLSRecordChange] in
            var state = StoreSamples.state(number, "sip:bob@example.org")
            state.expires = StoreSamples.now - 100
            return [
                .putDialog(StoreSamples.dialog(number, expires: StoreSamples.now - 100), known: false),
                .putState(state, known: false),
            ]
        }
    }

    static let loadChecks: [Check] = [
        Check("an empty store delivers nothing") { store in
            try await Self.requireContent(StoreContent([]), of: store)
        },
        Check("list dialogs are delivered before the first state") { store in
            var changes: [RLSRecordChange] = []
            for number in 0..<50 {
                changes.append(.putDialog(StoreSamples.dialog(number), known: false))
                changes.append(.putState(StoreSamples.state(number, "sip:bob@example.org"), known: false))
            }
            try await Self.write(changes, to: store)
            let isState = try await StoreContent(of: store).order.map { record in
                switch record {
                case .dialog: false
                case .state: true
                }
            }
            try Self.require(isState.count == 100, "expected 100 records, found \(isState.count)")
            try Self.require(
                isState == Array(repeating: false, count: 50) + Array(repeating: true, count: 50),
                "a state came before a list dialog"
            )
        },
        Check("what the caller throws ends a load and comes out of it") { store in
            let changes: [RLSRecordChange] = [.putDialog(StoreSamples.dialog(1), known: false)]
            try await Self.write(changes, to: store)
            do {
                try await store.load { _ in throw Refusal() }
            } catch is Refusal {
                // The store is as good as before.
                try await Self.requireContent(StoreContent(changes), of: store)
                return
            }
            throw Failure(description: "the load went on")
        },
    ]
}
