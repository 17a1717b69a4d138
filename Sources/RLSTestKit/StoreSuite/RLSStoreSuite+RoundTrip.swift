// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer

extension RLSStoreSuite {
    static let roundTripChecks: [Check] = [
        Check("a list dialog comes back as it was") { store in
            try await Self.roundTrip([.putDialog(StoreSamples.dialog(1), known: false)], store)
        },
        Check("all fields of a list dialog come back") { store in
            try await Self.roundTrip([.putDialog(Self.richDialog, known: false)], store)
        },
        Check("identities that are more than sip:user@domain come back") { store in
            var dialog = StoreSamples.dialog(1)
            dialog.to = "sips:alice-list@example.org:5061;transport=tls"
            dialog.from = "tel:+1-201-555-0123"
            dialog.watcher = "sip:alice;x=%20y@[2001:db8::1]"
            try await Self.roundTrip([.putDialog(dialog, known: false)], store)
        },
        Check("quotes, semicolons, backslashes and line ends in texts come back") { store in
            var dialog = StoreSamples.dialog(1)
            dialog.key = RLSDialogKey(callID: "a'b\"c\\d@é", watcherTag: "-", localTag: "%;--")
            dialog.accept = "application/pidf+xml;q=\"a\\b\",\n x=y\r\n\\n"
            dialog.eventParameters = ";a=\"b;c\\\";d"
            dialog.routeSet = ["\"a, b\" <sip:192.0.2.1;lr>", "<sip:p2,3@example.org;lr>"]
            try await Self.roundTrip([.putDialog(dialog, known: false)], store)
        },
        Check("bodies come back byte for byte") { store in
            let bodies: [[UInt8]] = [
                [], [0], Array(0...255), Array("\\x41\\\\ \\101 'quoted'\0".utf8),
                Array(repeating: 0xff, count: 70_000),
            ]
            var changes: [RLSRecordChange] = [.putDialog(StoreSamples.dialog(1), known: false)]
            for (number, body) in bodies.enumerated() {
                var state = StoreSamples.state(1, "sip:\(number)@example.org")
                state.body = body
                changes.append(.putState(state, known: false))
            }
            try await Self.roundTrip(changes, store)
        },
        Check("all kinds of states come back") { store in
            var changes: [RLSRecordChange] = [.putDialog(StoreSamples.dialog(1), known: false)]
            for (state, reason) in [
                (RLSStoredState.AuthState.active, ""), (.pending, ""), (.terminated, "noresource"),
            ] {
                var record = StoreSamples.state(1, "sip:\(state)@example.org")
                record.state = state
                record.reason = reason
                record.contentType = state == .active ? "multipart/related;boundary=\"a;b\"" : ""
                changes.append(.putState(record, known: false))
            }
            try await Self.roundTrip(changes, store)
        },
        Check("keys that differ in case only are different keys") { store in
            var other = StoreSamples.dialog(1)
            other.key.callID = other.key.callID.uppercased()
            other.event = "dialog"
            let changes: [RLSRecordChange] = [
                .putDialog(StoreSamples.dialog(1), known: false), .putDialog(other, known: false),
                .putState(StoreSamples.state(1, "sip:bob@example.org", body: "b"), known: false),
                .putState(StoreSamples.state(1, "sip:BOB@example.org", body: "B"), known: false),
            ]
            try await Self.roundTrip(changes, store)
        },
    ]

    private static func roundTrip(_ changes: [RLSRecordChange], _ store: any RLSStore) async throws {
        try await Self.write(changes, to: store)
        try await Self.requireContent(StoreContent(changes), of: store)
    }

    private static var richDialog: RLSStoredDialog {
        var dialog = StoreSamples.dialog(1)
        dialog.presentityURI = "sip:alice-list@example.org;pres-list=friends"
        dialog.watcher = "sip:alice.work@example.net"
        dialog.event = "dialog"
        dialog.eventID = "17"
        dialog.eventParameters = ";include-session-description"
        dialog.accept = "application/rlmi+xml, multipart/related"
        dialog.localCSeq = 2_147_000_000
        dialog.remoteCSeq = 2_147_483_647
        dialog.contact = "sip:alice@[2001:db8::7]:5070;transport=ws;ob"
        dialog.routeSet = ["<sip:p1.example.org;lr>", "<sip:192.0.2.9:5080;lr;ftag=x>"]
        dialog.status = .pending
        dialog.reason = "migrated"
        dialog.version = 2_147_000_000
        dialog.path = SIPPath(
            transport: .wss,
            local: SIPPath.Address(host: "2001:db8::1", port: 443),
            remote: SIPPath.Address(host: "2001:db8::7", port: 61_234)
        )
        dialog.localContact = "sip:rls@[2001:db8::1]:443;transport=ws"
        dialog.isLegacyClient = true
        dialog.assertsIdentity = true
        dialog.isClean = true
        return dialog
    }
}
