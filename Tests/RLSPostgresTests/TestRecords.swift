// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import ResourceListServer
import Synchronization

/// Records for tests.
enum TestRecords {
    static let expires = RLSEnvironment.system.epochSeconds() + 3_600

    static func key(_ number: Int) -> RLSDialogKey {
        RLSDialogKey(callID: "call-\(number)", watcherTag: "w\(number)", localTag: "l\(number)")
    }

    static func dialog(_ number: Int, _ change: (inout RLSStoredDialog) -> Void = { _ in }) -> RLSStoredDialog {
        var dialog = RLSStoredDialog(
            key: Self.key(number),
            presentityURI: "sip:alice-list@example.org",
            to: "sip:alice-list@example.org",
            from: "sip:alice@example.org",
            watcher: "sip:alice@example.org",
            event: "presence",
            localCSeq: 300,
            remoteCSeq: 2,
            contact: "sip:alice@192.0.2.1:5062",
            expires: Self.expires,
            version: 256,
            path: SIPPath(
                transport: .udp,
                local: SIPPath.Address(host: "192.0.2.10", port: 5060),
                remote: SIPPath.Address(host: "192.0.2.1", port: 5062)
            ),
            localContact: "sip:rls@192.0.2.10:5060"
        )
        change(&dialog)
        return dialog
    }

    static func state(_ number: Int, _ uri: String, body: String = "<presence/>") -> RLSStoredState {
        RLSStoredState(
            dialog: Self.key(number),
            resourceURI: uri,
            contentType: "application/pidf+xml",
            body: Array(body.utf8),
            state: .active,
            expires: Self.expires
        )
    }
}

extension RLSStore {
    /// Everything in the store.
    func content() async throws -> (dialogs: [RLSStoredDialog], states: [RLSStoredState]) {
        let records = RecordCollector()
        try await self.load { records.append($0) }
        var dialogs: [RLSStoredDialog] = []
        var states: [RLSStoredState] = []
        for record in records.all {
            switch record {
            case .dialog(let dialog): dialogs.append(dialog)
            case .state(let state): states.append(state)
            }
        }
        return (dialogs.sorted { $0.key.did < $1.key.did }, states.sorted { $0.resourceURI < $1.resourceURI })
    }
}

final class RecordCollector: Sendable {
    private let records = Mutex<[RLSStoredRecord]>([])

    func append(_ page: [RLSStoredRecord]) {
        self.records.withLock { $0 += page }
    }

    var all: [RLSStoredRecord] { self.records.withLock { $0 } }
}
#endif
