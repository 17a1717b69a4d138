// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if SQLite
internal import GRDB
internal import ResourceListServer

/// The documented tables in a file, in OpenSIPS' layout with our column for what it cannot hold.
enum SQLiteTables {
    /// Written into the file's header.
    static let version = 1
    static let layout = RLSDialogRow.Layout(hasFromColumns: false, hasExtension: true)

    static func create(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS rls_watchers (
                    id INTEGER PRIMARY KEY,
                    presentity_uri TEXT NOT NULL,
                    to_user TEXT NOT NULL,
                    to_domain TEXT NOT NULL,
                    watcher_username TEXT NOT NULL,
                    watcher_domain TEXT NOT NULL,
                    event TEXT NOT NULL DEFAULT 'presence',
                    event_id TEXT,
                    to_tag TEXT NOT NULL,
                    from_tag TEXT NOT NULL,
                    callid TEXT NOT NULL,
                    local_cseq INTEGER NOT NULL,
                    remote_cseq INTEGER NOT NULL,
                    contact TEXT NOT NULL,
                    record_route TEXT,
                    expires INTEGER NOT NULL,
                    status INTEGER NOT NULL DEFAULT 2,
                    reason TEXT NOT NULL,
                    version INTEGER NOT NULL DEFAULT 0,
                    socket_info TEXT NOT NULL,
                    local_contact TEXT NOT NULL,
                    dialog_ext TEXT,
                    CONSTRAINT rls_watcher_idx UNIQUE (callid, to_tag, from_tag, presentity_uri));
                CREATE TABLE IF NOT EXISTS rls_presentity (
                    id INTEGER PRIMARY KEY,
                    rlsubs_did TEXT NOT NULL,
                    resource_uri TEXT NOT NULL,
                    content_type TEXT NOT NULL,
                    presence_state BLOB NOT NULL,
                    expires INTEGER NOT NULL,
                    updated INTEGER NOT NULL,
                    auth_state INTEGER NOT NULL,
                    reason TEXT NOT NULL,
                    CONSTRAINT rls_presentity_idx UNIQUE (rlsubs_did, resource_uri));
                PRAGMA user_version = \(Self.version);
                """
        )
    }

    static let putDialog = """
        INSERT INTO rls_watchers (presentity_uri, to_user, to_domain, watcher_username, watcher_domain, event, event_id,
            to_tag, from_tag, callid, local_cseq, remote_cseq, contact, record_route, expires, status, reason, version,
            socket_info, local_contact, dialog_ext)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (callid, to_tag, from_tag, presentity_uri) DO UPDATE SET to_user = excluded.to_user,
            to_domain = excluded.to_domain, watcher_username = excluded.watcher_username,
            watcher_domain = excluded.watcher_domain, event = excluded.event, event_id = excluded.event_id,
            local_cseq = excluded.local_cseq, remote_cseq = excluded.remote_cseq, contact = excluded.contact,
            record_route = excluded.record_route, expires = excluded.expires, status = excluded.status,
            reason = excluded.reason, version = excluded.version, socket_info = excluded.socket_info,
            local_contact = excluded.local_contact, dialog_ext = excluded.dialog_ext
        """

    static let putState = """
        INSERT INTO rls_presentity (rlsubs_did, resource_uri, content_type, presence_state, expires, updated, auth_state,
            reason)
        VALUES (?, ?, ?, ?, ?, -1, ?, ?)
        ON CONFLICT (rlsubs_did, resource_uri) DO UPDATE SET content_type = excluded.content_type,
            presence_state = excluded.presence_state, expires = excluded.expires, auth_state = excluded.auth_state,
            reason = excluded.reason
        """

    static let deleteDialog = "DELETE FROM rls_watchers WHERE callid = ? AND to_tag = ? AND from_tag = ?"
    static let deleteStates = "DELETE FROM rls_presentity WHERE rlsubs_did = ?"
    static let deleteState = "DELETE FROM rls_presentity WHERE rlsubs_did = ? AND resource_uri = ?"

    static let selectDialogs = "SELECT * FROM rls_watchers WHERE expires > ?"
    /// In the order that `RLSStoredState.init(_:)` reads: looking for columns by name costs as much as all else.
    static let selectStates = """
        SELECT w.callid, w.from_tag, w.to_tag, p.resource_uri, p.content_type, p.presence_state, p.auth_state, p.reason,
            p.expires
        FROM rls_watchers w
        JOIN rls_presentity p ON p.rlsubs_did = w.callid || ';' || w.from_tag || ';' || w.to_tag
        WHERE w.expires > ?
        """

    static let selectExpired = "SELECT callid, from_tag, to_tag FROM rls_watchers WHERE expires <= ? LIMIT ?"
}
#endif
