// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ
internal import ResourceListServer

/// The columns of `rls_watchers`.
enum DialogColumn: String, RowColumn, CaseIterable {
    // The documented ones.
    case presentityURI = "presentity_uri"
    case toUser = "to_user"
    case toDomain = "to_domain"
    case watcherUsername = "watcher_username"
    case watcherDomain = "watcher_domain"
    case event
    case eventID = "event_id"
    case toTag = "to_tag"
    case fromTag = "from_tag"
    case callID = "callid"
    case localCSeq = "local_cseq"
    case remoteCSeq = "remote_cseq"
    case contact
    case recordRoute = "record_route"
    case expires
    case status
    case reason
    case version
    case socketInfo = "socket_info"
    case localContact = "local_contact"
    // Kamailio's, in place of which OpenSIPS has none.
    case fromUser = "from_user"
    case fromDomain = "from_domain"
    // Ours.
    case dialogExtension = "dialog_ext"

    static let key: [DialogColumn] = [.callID, .toTag, .fromTag]
    /// Part of OpenSIPS' unique key; the same for all rows of one dialog.
    static let keyExtra: [DialogColumn] = [.presentityURI]
    static let fromNames: [DialogColumn] = [.fromUser, .fromDomain]
    /// What not every table has.
    static let optional: [DialogColumn] = fromNames + [.dialogExtension]
    static let documented = Self.allCases.filter { !Self.optional.contains($0) }

    /// What identifies a dialog is fixed (RFC 3261 §12.1.1), and so is what its first SUBSCRIBE has said: the list, whose
    /// watcher, which event package and `id` (RFC 6665 §4.4.1). A request in it changes targets and numbers
    /// (RFC 3261 §12.2.2). Kamailio's columns are not: a table may get them when it has rows.
    var isFixed: Bool {
        switch self {
        case .presentityURI, .toUser, .toDomain, .watcherUsername, .watcherDomain, .event, .eventID, .toTag, .fromTag,
            .callID:
            true
        case .localCSeq, .remoteCSeq, .contact, .recordRoute, .expires, .status, .reason, .version, .socketInfo,
            .localContact, .fromUser, .fromDomain, .dialogExtension:
            false
        }
    }

    var kind: RowColumnKind {
        switch self {
        case .localCSeq, .remoteCSeq, .expires, .status, .version:
            .integer
        case .presentityURI, .toUser, .toDomain, .watcherUsername, .watcherDomain, .event, .eventID, .toTag, .fromTag,
            .callID, .contact, .recordRoute, .reason, .socketInfo, .localContact, .fromUser, .fromDomain,
            .dialogExtension:
            .text
        }
    }

    func append(_ row: RLSDialogRow, to rows: inout EncodedRows, _ type: Oid) {
        switch self {
        case .presentityURI: rows.append(row.presentityURI)
        case .toUser: rows.append(row.to.user)
        case .toDomain: rows.append(row.to.domain)
        case .watcherUsername: rows.append(row.watcher.user)
        case .watcherDomain: rows.append(row.watcher.domain)
        case .event: rows.append(row.event)
        case .eventID: rows.append(row.eventID)
        case .toTag: rows.append(row.toTag)
        case .fromTag: rows.append(row.fromTag)
        case .callID: rows.append(row.callID)
        case .localCSeq: rows.append(row.localCSeq, type)
        case .remoteCSeq: rows.append(row.remoteCSeq, type)
        case .contact: rows.append(row.contact)
        case .recordRoute: rows.append(row.recordRoute)
        case .expires: rows.append(row.expires, type)
        case .status: rows.append(row.status, type)
        case .reason: rows.append(row.reason)
        case .version: rows.append(row.version, type)
        case .socketInfo: rows.append(row.socketInfo)
        case .localContact: rows.append(row.localContact)
        case .fromUser: rows.append(row.from.user)
        case .fromDomain: rows.append(row.from.domain)
        case .dialogExtension: rows.append(row.dialogExtension)
        }
    }

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
