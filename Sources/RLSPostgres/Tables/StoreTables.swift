// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore
internal import ResourceListServer

/// The two tables of the store as the catalogue describes them, and all statements for them.
struct StoreTables: Sendable {
    let dialogLayout: RLSDialogRow.Layout
    let countsCharacters: Bool
    let dialogs: TableWriter<DialogColumn>
    let states: TableWriter<StateColumn>

    /// Reads the catalogue.
    static func read(
        watchers: TableName,
        states: TableName,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> StoreTables {
        let watcherLayout = try Self.layout(watchers, needed: DialogColumn.documented.map(\.name), connection)
        let stateLayout = try Self.layout(states, needed: StateColumn.allCases.map(\.name), connection)
        return StoreTables(watcherLayout, stateLayout, countsCharacters: connection.countsCharacters)
    }

    init(_ watchers: TableLayout, _ states: TableLayout, countsCharacters: Bool) {
        self.dialogLayout = RLSDialogRow.Layout(
            hasFromColumns: DialogColumn.fromNames.allSatisfy { watchers.column($0.name) != nil },
            hasExtension: watchers.column(DialogColumn.dialogExtension.name) != nil
        )
        self.countsCharacters = countsCharacters
        self.dialogs = TableWriter(
            watchers,
            columns: DialogColumn.allCases,
            key: DialogColumn.key,
            keyExtra: DialogColumn.keyExtra
        )
        self.states = TableWriter(states, columns: StateColumn.allCases, key: StateColumn.key)
    }

    private static func layout(
        _ table: TableName,
        needed: [String],
        _ connection: PostgresConnection
    ) throws(PostgresError) -> TableLayout {
        guard let layout = try TableLayout.read(table, connection) else {
            throw PostgresError(.unusableTable, "table \(table.name) does not exist; migrate creates it")
        }
        let missing = (needed + ["id"]).filter { layout.column($0) == nil }
        guard missing.isEmpty else {
            throw PostgresError(
                .unusableTable,
                "table \(table.name) has no column \(missing.joined(separator: ", "))"
            )
        }
        return layout
    }

    private var watchersTable: String { self.dialogs.layout.table.quoted }
    private var statesTable: String { self.states.layout.table.quoted }
    private static let did = "w.callid || ';' || w.from_tag || ';' || w.to_tag"

    /// Living dialogs, in the order of ``DialogColumn/row(_:_:)``.
    func selectDialogs(now: Int64) -> String {
        let optional = DialogColumn.optional.map { column in
            self.dialogs.layout.column(column.name) == nil ? "''::text" : Self.select(column, of: "w")
        }
        let columns = DialogColumn.documented.map { Self.select($0, of: "w") } + optional
        return "SELECT \(columns.joined(separator: ", ")) FROM \(self.watchersTable) w WHERE \(Self.isAlive(now))"
    }

    /// All states, in the order of ``StateColumn/state(_:_:of:)``.
    var selectStates: String {
        """
        SELECT p.rlsubs_did::text, p.resource_uri::text, p.content_type::text, p.presence_state, p.auth_state::int8,
            p.reason::text, p.expires::int8
        FROM \(self.statesTable) p
        """
    }

    private static func isAlive(_ now: Int64) -> String {
        "w.expires > \(now) AND w.reason <> \(TableName.literal(RLSDialogRow.notRestorable))"
    }

    private static func select(_ column: some RowColumn, of table: String) -> String {
        let name = "\(table).\(TableName.quote(column.name))"
        return switch column.kind {
        case .text: "coalesce(\(name)::text, '')"
        case .integer: "coalesce(\(name)::int8, 0)"
        case .bytes: name
        }
    }

    /// Deletes the states of dialogs: parameter 1 is an array of their names.
    var deleteStatesOfDialogs: String {
        "DELETE FROM \(self.statesTable) p USING unnest($1::text[]) AS u(did) WHERE p.rlsubs_did = u.did"
    }

    /// Deletes dialogs: parameters are arrays of Call-IDs, To tags, From tags.
    var deleteDialogs: String {
        """
        DELETE FROM \(self.watchersTable) w USING unnest($1::text[], $2::text[], $3::text[]) AS u(callid, to_tag, from_tag)
        WHERE w.callid = u.callid AND w.to_tag = u.to_tag AND w.from_tag = u.from_tag
        """
    }

    /// Deletes states: parameters are arrays of dialog names and resources.
    var deleteStates: String {
        """
        DELETE FROM \(self.statesTable) p USING unnest($1::text[], $2::text[]) AS u(did, uri)
        WHERE p.rlsubs_did = u.did AND p.resource_uri = u.uri
        """
    }

    /// Deletes some dialogs that have expired, and their states: parameters are now and how many; gives how many it were.
    var cleanDialogs: String {
        """
        WITH gone AS (
            DELETE FROM \(self.watchersTable) WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM \(self.watchersTable) WHERE expires < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
            AND expires < $1 RETURNING callid, from_tag, to_tag
        ), states AS (
            DELETE FROM \(self.statesTable) p USING gone w WHERE p.rlsubs_did = \(Self.did)
        )
        SELECT count(*) FROM gone
        """
    }

    /// Looks at some states, in the order of `id`, and deletes those that have expired and belong to no dialog: parameters
    /// are the last id looked at, how many, and now; gives the last id, or NULL at the end.
    ///
    /// Neither a Call-ID nor a tag has a semicolon in it (RFC 3261 §25.1).
    var cleanStates: String {
        """
        WITH page AS (
            SELECT id, rlsubs_did FROM \(self.statesTable) WHERE id > $1 ORDER BY id LIMIT $2
        ), gone AS (
            DELETE FROM \(self.statesTable) p USING page WHERE p.id = page.id AND p.expires < $3
            AND NOT EXISTS (
                SELECT FROM \(self.watchersTable) w WHERE w.callid = split_part(page.rlsubs_did, ';', 1)
                AND w.from_tag = split_part(page.rlsubs_did, ';', 2)
                AND w.to_tag = split_part(page.rlsubs_did, ';', 3))
        )
        SELECT max(id)::int8 FROM page
        """
    }
}
#endif
