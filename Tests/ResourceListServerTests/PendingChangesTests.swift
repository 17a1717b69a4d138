// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import Testing

@testable import ResourceListServer

@Suite struct PendingChangesTests {
    static let path = SIPPath(
        transport: .udp,
        local: .init(host: "192.0.2.1", port: 5060),
        remote: .init(host: "192.0.2.10", port: 5062)
    )

    static func key(_ name: String) -> RLSDialogKey {
        RLSDialogKey(callID: name, watcherTag: "w", localTag: "l")
    }

    static func dialog(_ name: String, version: UInt32) -> RLSStoredDialog {
        RLSStoredDialog(
            key: self.key(name),
            presentityURI: "sip:list@example.org",
            to: "sip:list@example.org",
            from: "sip:alice@example.org",
            watcher: "sip:alice@example.org",
            event: "presence",
            localCSeq: 0,
            remoteCSeq: 1,
            contact: "sip:alice@192.0.2.10",
            expires: 0,
            version: version,
            path: self.path,
            localContact: "sip:rls@192.0.2.1"
        )
    }

    static func state(_ name: String, _ uri: String, body: UInt8) -> RLSStoredState {
        RLSStoredState(
            dialog: self.key(name),
            resourceURI: uri,
            contentType: "t",
            body: [body],
            state: .active,
            expires: 0
        )
    }

    @Test("The last put of a key wins, and it stays unknown to the store until one has been written")
    func lastWins() {
        var pending = PendingChanges()
        pending.append(.putDialog(Self.dialog("a", version: 1), known: false))
        pending.append(.putState(Self.state("a", "sip:bob", body: 1), known: false))
        pending.append(.putDialog(Self.dialog("a", version: 2), known: true))
        pending.append(.putState(Self.state("a", "sip:bob", body: 2), known: true))
        #expect(
            pending.batch == [
                .putDialog(Self.dialog("a", version: 2), known: false),
                .putState(Self.state("a", "sip:bob", body: 2), known: false),
            ]
        )
    }

    @Test("A deletion of a dialog takes its states along, and may be followed by a put")
    func deletion() {
        var pending = PendingChanges()
        pending.append(.putDialog(Self.dialog("a", version: 1), known: true))
        pending.append(.putState(Self.state("a", "sip:bob", body: 1), known: true))
        pending.append(.deleteDialog(Self.key("a")))
        #expect(pending.batch == [.deleteDialog(Self.key("a"))])
        pending.append(.putDialog(Self.dialog("a", version: 2), known: true))
        #expect(
            pending.batch == [.deleteDialog(Self.key("a")), .putDialog(Self.dialog("a", version: 2), known: true)]
        )
    }

    @Test("A deleted state may come back, after its deletion")
    func stateComesBack() {
        var pending = PendingChanges()
        pending.append(.deleteState(Self.key("a"), resourceURI: "sip:bob"))
        pending.append(.putState(Self.state("a", "sip:bob", body: 2), known: false))
        #expect(
            pending.batch == [
                .deleteState(Self.key("a"), resourceURI: "sip:bob"),
                .putState(Self.state("a", "sip:bob", body: 2), known: false),
            ]
        )
        pending.append(.deleteState(Self.key("a"), resourceURI: "sip:bob"))
        #expect(pending.batch == [.deleteState(Self.key("a"), resourceURI: "sip:bob")])
    }

    @Test("What was not written goes back in front of what came meanwhile")
    func prepend() {
        var failed = PendingChanges()
        failed.append(.putDialog(Self.dialog("a", version: 1), known: false))
        failed.append(.putState(Self.state("a", "sip:bob", body: 1), known: false))
        failed.append(.putDialog(Self.dialog("b", version: 1), known: true))
        failed.append(.putState(Self.state("b", "sip:bob", body: 1), known: true))
        var pending = PendingChanges()
        pending.append(.deleteDialog(Self.key("b")))
        pending.append(.putState(Self.state("a", "sip:bob", body: 2), known: true))
        pending.append(.putDialog(Self.dialog("c", version: 1), known: false))
        pending.prepend(failed)
        #expect(
            pending.batch == [
                .putDialog(Self.dialog("a", version: 1), known: false),
                .putState(Self.state("a", "sip:bob", body: 2), known: false),
                .deleteDialog(Self.key("b")),
                .putDialog(Self.dialog("c", version: 1), known: false),
            ]
        )
    }

    @Test("The oldest dialogs are taken first, whole, and those asked for in any case")
    func take() {
        var pending = PendingChanges()
        for name in ["a", "b", "c", "d"] {
            pending.append(.putDialog(Self.dialog(name, version: 1), known: true))
            pending.append(.putState(Self.state(name, "sip:bob", body: 1), known: true))
        }
        let taken = pending.take(limit: 3, including: [Self.key("d"), Self.key("z")])
        #expect(taken.batch.map(\.dialog.callID) == ["d", "d", "a", "a"])
        #expect(pending.batch.map(\.dialog.callID) == ["b", "b", "c", "c"])
        #expect(pending.take(limit: 100).batch.count == 4)
        #expect(pending.isEmpty)
    }
}
