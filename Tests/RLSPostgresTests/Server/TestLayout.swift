// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// Tables as others have made them.
enum TestLayout: String, CaseIterable, CustomStringConvertible {
    case own, openSIPS, openSIPS16, kamailio
    /// With our extra column.
    case openSIPSExtended, kamailioExtended

    var description: String { self.rawValue }

    /// The statements that make them.
    var script: String {
        switch self {
        case .own: ""
        case .openSIPS: Self.openSIPSScript(uri: 255, did: 255, type: 255)
        case .openSIPS16: Self.openSIPSScript(uri: 128, did: 255, type: 64)
        case .kamailio: Self.kamailioScript
        case .openSIPSExtended: Self.openSIPSScript(uri: 255, did: 255, type: 255) + Self.addExtension
        case .kamailioExtended: Self.kamailioScript + Self.addExtension
        }
    }

    var hasExtension: Bool {
        switch self {
        case .own, .openSIPSExtended, .kamailioExtended: true
        case .openSIPS, .openSIPS16, .kamailio: false
        }
    }

    var hasFromColumns: Bool {
        switch self {
        case .kamailio, .kamailioExtended: true
        case .own, .openSIPS, .openSIPS16, .openSIPSExtended: false
        }
    }

    private static let addExtension = "ALTER TABLE rls_watchers ADD COLUMN dialog_ext text;"

    private static func openSIPSScript(uri: Int, did: Int, type: Int) -> String {
        """
        CREATE TABLE version (
            table_name VARCHAR(32) NOT NULL, table_version INTEGER DEFAULT 0 NOT NULL,
            CONSTRAINT version_t_name_idx UNIQUE (table_name));
        INSERT INTO version VALUES ('rls_presentity', 1), ('rls_watchers', 2);
        CREATE TABLE rls_presentity (
            id SERIAL PRIMARY KEY NOT NULL, rlsubs_did VARCHAR(\(did)) NOT NULL, resource_uri VARCHAR(\(uri)) NOT NULL,
            content_type VARCHAR(\(type)) NOT NULL, presence_state BYTEA NOT NULL, expires INTEGER NOT NULL,
            updated INTEGER NOT NULL, auth_state INTEGER NOT NULL, reason VARCHAR(64) NOT NULL,
            CONSTRAINT rls_presentity_rls_presentity_idx UNIQUE (rlsubs_did, resource_uri));
        ALTER SEQUENCE rls_presentity_id_seq MAXVALUE 2147483647 CYCLE;
        CREATE INDEX rls_presentity_updated_idx ON rls_presentity (updated);
        CREATE TABLE rls_watchers (
            id SERIAL PRIMARY KEY NOT NULL, presentity_uri VARCHAR(\(uri)) NOT NULL, to_user VARCHAR(64) NOT NULL,
            to_domain VARCHAR(64) NOT NULL, watcher_username VARCHAR(64) NOT NULL, watcher_domain VARCHAR(64) NOT NULL,
            event VARCHAR(64) DEFAULT 'presence' NOT NULL, event_id VARCHAR(64), to_tag VARCHAR(64) NOT NULL,
            from_tag VARCHAR(64) NOT NULL, callid VARCHAR(64) NOT NULL, local_cseq INTEGER NOT NULL,
            remote_cseq INTEGER NOT NULL, contact VARCHAR(64) NOT NULL, record_route TEXT, expires INTEGER NOT NULL,
            status INTEGER DEFAULT 2 NOT NULL, reason VARCHAR(64) NOT NULL, version INTEGER DEFAULT 0 NOT NULL,
            socket_info VARCHAR(64) NOT NULL, local_contact VARCHAR(\(uri)) NOT NULL,
            CONSTRAINT rls_watchers_rls_watcher_idx UNIQUE (presentity_uri, callid, to_tag, from_tag));
        ALTER SEQUENCE rls_watchers_id_seq MAXVALUE 2147483647 CYCLE;
        """
    }

    private static let kamailioScript = """
        CREATE TABLE version (
            id SERIAL PRIMARY KEY NOT NULL, table_name VARCHAR(32) NOT NULL, table_version INTEGER DEFAULT 0 NOT NULL,
            CONSTRAINT version_table_name_idx UNIQUE (table_name));
        INSERT INTO version (table_name, table_version) VALUES ('rls_presentity', 1), ('rls_watchers', 3);
        CREATE TABLE rls_presentity (
            id SERIAL PRIMARY KEY NOT NULL, rlsubs_did VARCHAR(255) NOT NULL, resource_uri VARCHAR(255) NOT NULL,
            content_type VARCHAR(255) NOT NULL, presence_state BYTEA NOT NULL, expires INTEGER NOT NULL,
            updated INTEGER NOT NULL, auth_state INTEGER NOT NULL, reason VARCHAR(64) NOT NULL,
            CONSTRAINT rls_presentity_rls_presentity_idx UNIQUE (rlsubs_did, resource_uri));
        CREATE INDEX rls_presentity_rlsubs_idx ON rls_presentity (rlsubs_did);
        CREATE INDEX rls_presentity_updated_idx ON rls_presentity (updated);
        CREATE INDEX rls_presentity_expires_idx ON rls_presentity (expires);
        CREATE TABLE rls_watchers (
            id SERIAL PRIMARY KEY NOT NULL, presentity_uri VARCHAR(255) NOT NULL, to_user VARCHAR(64) NOT NULL,
            to_domain VARCHAR(64) NOT NULL, watcher_username VARCHAR(64) NOT NULL, watcher_domain VARCHAR(64) NOT NULL,
            event VARCHAR(64) DEFAULT 'presence' NOT NULL, event_id VARCHAR(64), to_tag VARCHAR(128) NOT NULL,
            from_tag VARCHAR(128) NOT NULL, callid VARCHAR(255) NOT NULL, local_cseq INTEGER NOT NULL,
            remote_cseq INTEGER NOT NULL, contact VARCHAR(255) NOT NULL, record_route TEXT, expires INTEGER NOT NULL,
            status INTEGER DEFAULT 2 NOT NULL, reason VARCHAR(64) NOT NULL, version INTEGER DEFAULT 0 NOT NULL,
            socket_info VARCHAR(64) NOT NULL, local_contact VARCHAR(255) NOT NULL, from_user VARCHAR(64) NOT NULL,
            from_domain VARCHAR(64) NOT NULL, updated INTEGER NOT NULL,
            CONSTRAINT rls_watchers_rls_watcher_idx UNIQUE (callid, to_tag, from_tag));
        CREATE INDEX rls_watchers_rls_watchers_update ON rls_watchers (watcher_username, watcher_domain, event);
        CREATE INDEX rls_watchers_rls_watchers_expires ON rls_watchers (expires);
        CREATE INDEX rls_watchers_updated_idx ON rls_watchers (updated);
        """
}
#endif
