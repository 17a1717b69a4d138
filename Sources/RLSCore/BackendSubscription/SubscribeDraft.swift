// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// What the back-end SUBSCRIBEs of one list dialog have in common, made once for those that leave together.
struct SubscribeDraft {
    /// What the common part depends on.
    struct Key: Hashable {
        var dialog: UInt32
        /// To a `sips:` URI.
        var isSecure: Bool
        /// In a dialog that stands.
        var isInDialog: Bool
        var expires: UInt32
    }

    let key: Key
    /// From up to the value of our tag.
    let from: [UInt8]
    /// All headers but Route, From, To, Call-ID and CSeq.
    let headers: SIPHeaders

    init(_ key: Key, dialog: ListDialog, configuration: RLSConfiguration) {
        self.key = key
        let identity = BackendIdentity.uri(for: dialog.watcher, configuration: configuration)
        self.from = Array("<\(identity)>;tag=".utf8)
        var headers = SIPHeaders()
        headers.reserve(bytes: 320, rows: 8)
        // S-LOOP: a first SUBSCRIBE may come back, one in a dialog does not.
        let hops = key.isInDialog ? 70 : dialog.backendMaxForwards
        headers.append(.maxForwards) { output in SIPText.writeDecimal(UInt64(hops), into: &output) }
        headers.append(.contact) { output in
            LocalContact.writeForBackend(
                dialog.path,
                isSecure: key.isSecure,
                configuration: configuration,
                into: &output
            )
        }
        if dialog.assertsIdentity {
            headers.append(.pAssertedIdentity, "<\(identity)>")
        }
        headers.append(.event, dialog.event)
        headers.append(.expires) { output in SIPText.writeDecimal(UInt64(key.expires), into: &output) }
        if !dialog.backendAccept.isEmpty {
            headers.append(.accept, dialog.backendAccept)
        }
        if configuration.nestedLists {
            headers.append(.supported, "eventlist")
        }
        self.headers = headers
    }
}
