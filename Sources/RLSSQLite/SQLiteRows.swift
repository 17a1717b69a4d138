// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if SQLite
internal import Foundation
internal import GRDB
internal import RLSCore
internal import ResourceListServer

extension RLSDialogRow {
    /// In the order of ``SQLiteTables/putDialog``.
    var arguments: StatementArguments {
        [
            self.presentityURI, self.to.user, self.to.domain, self.watcher.user, self.watcher.domain, self.event,
            self.eventID, self.toTag, self.fromTag, self.callID, self.localCSeq, self.remoteCSeq, self.contact,
            self.recordRoute, self.expires, self.status, self.reason, self.version, self.socketInfo,
            self.localContact, self.dialogExtension,
        ]
    }

    /// What SQLite would cut at a NUL.
    var texts: [String] {
        [
            self.presentityURI, self.to.user, self.to.domain, self.watcher.user, self.watcher.domain, self.event,
            self.eventID, self.toTag, self.fromTag, self.callID, self.contact, self.recordRoute, self.reason,
            self.socketInfo, self.localContact, self.dialogExtension,
        ]
    }

    init(_ row: Row) {
        self.init()
        self.presentityURI = row.text("presentity_uri")
        self.to = RLSAddressColumns(user: row.text("to_user"), domain: row.text("to_domain"))
        self.watcher = RLSAddressColumns(user: row.text("watcher_username"), domain: row.text("watcher_domain"))
        self.event = row.text("event")
        self.eventID = row.text("event_id")
        self.toTag = row.text("to_tag")
        self.fromTag = row.text("from_tag")
        self.callID = row.text("callid")
        self.localCSeq = row.integer("local_cseq")
        self.remoteCSeq = row.integer("remote_cseq")
        self.contact = row.text("contact")
        self.recordRoute = row.text("record_route")
        self.expires = row.integer("expires")
        self.status = row.integer("status")
        self.reason = row.text("reason")
        self.version = row.integer("version")
        self.socketInfo = row.text("socket_info")
        self.localContact = row.text("local_contact")
        self.dialogExtension = row.text("dialog_ext")
    }
}

extension RLSStoredState {
    /// In the order of ``SQLiteTables/putState``.
    var arguments: StatementArguments {
        [
            self.dialog.did, self.resourceURI, self.contentType, Data(self.body), self.expires, self.state.rawValue,
            self.reason,
        ]
    }

    var texts: [String] { [self.dialog.did, self.resourceURI, self.contentType, self.reason] }

    /// Reads what ``SQLiteTables/selectStates`` selects.
    ///
    /// - Returns: nil for a state that is none of ours.
    init?(_ row: Row) {
        guard let state = AuthState(rawValue: Int(clamping: row.integer(6))) else { return nil }
        self.init(
            dialog: RLSDialogKey(callID: row.text(0), watcherTag: row.text(1), localTag: row.text(2)),
            resourceURI: row.text(3),
            contentType: row.text(4),
            body: row.bytes(5),
            state: state,
            reason: row.text(7),
            expires: row.integer(8)
        )
    }
}

// GRDB's own subscripts trap when a value is not of the type that is asked for, and SQLite keeps any type in any column.
extension Row {
    func text(_ column: String) -> String {
        (self[column] as DatabaseValue?).flatMap { String.fromDatabaseValue($0) } ?? ""
    }

    fileprivate func integer(_ column: String) -> Int64 {
        (self[column] as DatabaseValue?).flatMap { Int64.fromDatabaseValue($0) } ?? 0
    }

    fileprivate func text(_ index: Int) -> String {
        String.fromDatabaseValue(self[index] as DatabaseValue) ?? ""
    }

    fileprivate func integer(_ index: Int) -> Int64 {
        Int64.fromDatabaseValue(self[index] as DatabaseValue) ?? 0
    }

    fileprivate func bytes(_ index: Int) -> [UInt8] {
        Data.fromDatabaseValue(self[index] as DatabaseValue).map { Array($0) } ?? []
    }
}
#endif
