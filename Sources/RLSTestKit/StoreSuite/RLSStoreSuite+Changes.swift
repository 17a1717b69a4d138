// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer

extension RLSStoreSuite {
    static let changeChecks: [Check] = [
        Check("an empty batch changes nothing") { store in
            try await Self.write([], to: store)
            try await Self.requireContent(StoreContent([]), of: store)
        },
        Check("a known record is overwritten") { store in
            try await Self.overwrite(known: true, store)
        },
        Check("a record said to be new that is there is overwritten") { store in
            try await Self.overwrite(known: false, store)
        },
        Check("a record said to be known that is not there is inserted") { store in
            let changes: [RLSRecordChange] = [
                .putDialog(StoreSamples.dialog(1), known: true),
                .putState(StoreSamples.state(1, "sip:bob@example.org"), known: true),
            ]
            try await Self.write(changes, to: store)
            try await Self.requireContent(StoreContent(changes), of: store)
        },
        Check("of known records some of which are not there all are written") { store in
            let first = (0..<10).map { RLSRecordChange.putDialog(StoreSamples.dialog($0), known: false) }
            try await Self.write(first, to: store)
            let second = (5..<15).map { number in
                var dialog = StoreSamples.dialog(number)
                dialog.remoteCSeq = 7
                return RLSRecordChange.putDialog(dialog, known: true)
            }
            try await Self.write(second, to: store)
            try await Self.requireContent(StoreContent(first + second), of: store)
        },
        Check("deleting a dialog deletes its states and no others") { store in
            var changes: [RLSRecordChange] = []
            for number in 1...3 {
                changes.append(.putDialog(StoreSamples.dialog(number), known: false))
                changes.append(.putState(StoreSamples.state(number, "sip:bob@example.org"), known: false))
                changes.append(.putState(StoreSamples.state(number, "sip:bobby@example.org"), known: false))
            }
            try await Self.write(changes, to: store)
            let deletion: [RLSRecordChange] = [.deleteDialog(StoreSamples.key(2))]
            try await Self.write(deletion, to: store)
            try await Self.requireContent(StoreContent(changes + deletion), of: store)
            // The dialog's states must be gone, not only hidden.
            let again: [RLSRecordChange] = [.putDialog(StoreSamples.dialog(2), known: false)]
            try await Self.write(again, to: store)
            try await Self.requireContent(StoreContent(changes + deletion + again), of: store)
        },
        Check("deleting a state deletes only that one") { store in
            let changes: [RLSRecordChange] = [
                .putDialog(StoreSamples.dialog(1), known: false),
                .putState(StoreSamples.state(1, "sip:bob@example.org"), known: false),
                .putState(StoreSamples.state(1, "sip:tom@example.org"), known: false),
            ]
            try await Self.write(changes, to: store)
            let deletion: [RLSRecordChange] = [.deleteState(StoreSamples.key(1), resourceURI: "sip:bob@example.org")]
            try await Self.write(deletion, to: store)
            try await Self.requireContent(StoreContent(changes + deletion), of: store)
        },
        Check("deleting what is not there is no error") { store in
            try await Self.write(
                [
                    .deleteDialog(StoreSamples.key(1)),
                    .deleteState(StoreSamples.key(2), resourceURI: "sip:bob@example.org"),
                ],
                to: store
            )
            try await Self.requireContent(StoreContent([]), of: store)
        },
        Check("in one batch a dialog deleted and put again is there, without its old states") { store in
            let first: [RLSRecordChange] = [
                .putDialog(StoreSamples.dialog(1), known: false),
                .putState(StoreSamples.state(1, "sip:bob@example.org"), known: false),
            ]
            try await Self.write(first, to: store)
            let second: [RLSRecordChange] = [
                .deleteDialog(StoreSamples.key(1)),
                .putDialog(StoreSamples.dialog(1), known: false),
                .putState(StoreSamples.state(1, "sip:tom@example.org"), known: false),
            ]
            try await Self.write(second, to: store)
            try await Self.requireContent(StoreContent(first + second), of: store)
        },
        Check("a batch of thousands is written") { store in
            var changes: [RLSRecordChange] = []
            for number in 0..<1_100 {
                changes.append(.putDialog(StoreSamples.dialog(number), known: number % 2 == 0))
                changes.append(.putState(StoreSamples.state(number, "sip:bob@example.org"), known: number % 3 == 0))
            }
            try await Self.write(changes, to: store)
            try await Self.requireContent(StoreContent(changes), of: store)
        },
    ]

    private static func overwrite(known: Bool, _ store: any RLSStore) async throws {
        let first: [RLSRecordChange] = [
            .putDialog(StoreSamples.dialog(1), known: false),
            .putState(StoreSamples.state(1, "sip:bob@example.org", body: "one"), known: false),
        ]
        try await Self.write(first, to: store)
        var dialog = StoreSamples.dialog(1)
        dialog.contact = "sip:alice@192.0.2.99"
        dialog.localCSeq = 512
        let second: [RLSRecordChange] = [
            .putDialog(dialog, known: known),
            .putState(StoreSamples.state(1, "sip:bob@example.org", body: "two"), known: known),
        ]
        try await Self.write(second, to: store)
        try await Self.requireContent(StoreContent(first + second), of: store)
    }
}
