// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer

/// Records to try a store with.
enum StoreSamples {
    static var now: Int64 { RLSEnvironment.system.epochSeconds() }

    static func key(_ number: Int) -> RLSDialogKey {
        RLSDialogKey(callID: "call-\(number)@192.0.2.1", watcherTag: "w\(number)", localTag: "l\(number)")
    }

    static func dialog(_ number: Int, expires: Int64? = nil) -> RLSStoredDialog {
        RLSStoredDialog(
            key: Self.key(number),
            presentityURI: "sip:alice-list@example.org",
            to: "sip:alice-list@example.org",
            from: "sip:alice@example.org",
            watcher: "sip:alice@example.org",
            event: "presence",
            localCSeq: 256,
            remoteCSeq: 1,
            contact: "sip:alice@192.0.2.1:5062",
            expires: expires ?? Self.now + 3_600,
            version: 256,
            path: SIPPath(
                transport: .udp,
                local: SIPPath.Address(host: "192.0.2.10", port: 5060),
                remote: SIPPath.Address(host: "192.0.2.1", port: 5062)
            ),
            localContact: "sip:rls@192.0.2.10:5060"
        )
    }

    static func state(_ number: Int, _ resource: String, body: String = "<presence/>") -> RLSStoredState {
        RLSStoredState(
            dialog: Self.key(number),
            resourceURI: resource,
            contentType: "application/pidf+xml",
            body: Array(body.utf8),
            state: .active,
            expires: Self.now + 3_600
        )
    }
}
