// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import ResourceListServer

/// The columns of `rls_watchers`.
enum DialogColumns {
    static let key = ["callid", "to_tag", "from_tag"]
    /// Part of OpenSIPS' unique key; the same for all rows of one dialog.
    static let keyExtra = ["presentity_uri"]
    static let extensionName = "dialog_ext"
    static let fromNames = ["from_user", "from_domain"]

    /// What identifies a dialog is fixed (RFC 3261 §12.1.1), and so is what its first SUBSCRIBE has said: the list, whose
    /// watcher, which event package and `id` (RFC 6665 §4.4.1). A request in it changes targets and numbers (RFC 3261 §12.2.2).
    static let documented: [RowColumn<RLSDialogRow>] = [
        RowColumn(name: "presentity_uri", isFixed: true, value: .text { $1.append($0.presentityURI) }),
        RowColumn(name: "to_user", isFixed: true, value: .text { $1.append($0.to.user) }),
        RowColumn(name: "to_domain", isFixed: true, value: .text { $1.append($0.to.domain) }),
        RowColumn(name: "watcher_username", isFixed: true, value: .text { $1.append($0.watcher.user) }),
        RowColumn(name: "watcher_domain", isFixed: true, value: .text { $1.append($0.watcher.domain) }),
        RowColumn(name: "event", isFixed: true, value: .text { $1.append($0.event) }),
        RowColumn(name: "event_id", isFixed: true, value: .text { $1.append($0.eventID) }),
        RowColumn(name: "to_tag", isFixed: true, value: .text { $1.append($0.toTag) }),
        RowColumn(name: "from_tag", isFixed: true, value: .text { $1.append($0.fromTag) }),
        RowColumn(name: "callid", isFixed: true, value: .text { $1.append($0.callID) }),
        RowColumn(name: "local_cseq", value: .integer { $0.localCSeq }),
        RowColumn(name: "remote_cseq", value: .integer { $0.remoteCSeq }),
        RowColumn(name: "contact", value: .text { $1.append($0.contact) }),
        RowColumn(name: "record_route", value: .text { $1.append($0.recordRoute) }),
        RowColumn(name: "expires", value: .integer { $0.expires }),
        RowColumn(name: "status", value: .integer { $0.status }),
        RowColumn(name: "reason", value: .text { $1.append($0.reason) }),
        RowColumn(name: "version", value: .integer { $0.version }),
        RowColumn(name: "socket_info", value: .text { $1.append($0.socketInfo) }),
        RowColumn(name: "local_contact", value: .text { $1.append($0.localContact) }),
    ]

    /// Kamailio's, in place of which OpenSIPS has none. Not fixed: a table may get them when it has rows.
    static let kamailio: [RowColumn<RLSDialogRow>] = [
        RowColumn(name: "from_user", value: .text { $1.append($0.from.user) }),
        RowColumn(name: "from_domain", value: .text { $1.append($0.from.domain) }),
    ]

    static let ours: [RowColumn<RLSDialogRow>] = [
        RowColumn(name: Self.extensionName, value: .text { $1.append($0.dialogExtension) })
    ]

    /// Reads what ``StoreTables/selectDialogs`` selects.
    static func row(_ result: PostgresResult, _ row: Int) -> RLSDialogRow {
        var dialog = RLSDialogRow()
        dialog.presentityURI = result.text(row, 0)
        dialog.to = RLSAddressColumns(user: result.text(row, 1), domain: result.text(row, 2))
        dialog.watcher = RLSAddressColumns(user: result.text(row, 3), domain: result.text(row, 4))
        dialog.event = result.text(row, 5)
        dialog.eventID = result.text(row, 6)
        dialog.toTag = result.text(row, 7)
        dialog.fromTag = result.text(row, 8)
        dialog.callID = result.text(row, 9)
        dialog.localCSeq = result.integer(row, 10)
        dialog.remoteCSeq = result.integer(row, 11)
        dialog.contact = result.text(row, 12)
        dialog.recordRoute = result.text(row, 13)
        dialog.expires = result.integer(row, 14)
        dialog.status = result.integer(row, 15)
        dialog.reason = result.text(row, 16)
        dialog.version = result.integer(row, 17)
        dialog.socketInfo = result.text(row, 18)
        dialog.localContact = result.text(row, 19)
        dialog.from = RLSAddressColumns(user: result.text(row, 20), domain: result.text(row, 21))
        dialog.dialogExtension = result.text(row, 22)
        return dialog
    }
}
#endif
