// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// The trigger that tells of changed XCAP documents: a notification with document type, user, domain and document name,
/// tabs between them, or an empty one when all may have changed.
struct XCAPTrigger: Sendable {
    static let channel = "rls_xcap"
    static let name = "rls_xcap_changed"

    let table: TableName

    init(_ table: TableName) {
        self.table = table
    }

    static func exists(on table: TableName, _ connection: PostgresConnection) throws(PostgresError) -> Bool {
        let found = try connection.execute(
            """
            SELECT FROM pg_catalog.pg_trigger
            WHERE tgrelid = to_regclass($1) AND tgname = $2 AND tgenabled IN ('O', 'A')
            """,
            [.text(table.quoted), .text(Self.name)]
        )
        return found.rowCount > 0
    }

    func install(
        _ connection: PostgresConnection,
        _ report: inout PostgresMigration.Report
    ) throws(PostgresError) {
        guard try TableLayout.read(self.table, connection) != nil else {
            throw PostgresError(.unusableTable, "table \(self.table.name) does not exist")
        }
        guard try !Self.exists(on: self.table, connection) else { return }
        let function = [self.table.schema, Self.name].compactMap { $0.map(TableName.quote) }.joined(separator: ".")
        // pg_notify refuses more than 8,000 bytes, and an error here would refuse the document itself.
        let notify = { (row: String) in
            """
            payload := concat_ws(E'\\t', \(row).doc_type, \(row).username, \(row).domain, \(row).doc_uri);
                    PERFORM pg_notify('\(Self.channel)', CASE WHEN octet_length(payload) < 7000 THEN payload ELSE '' END);
            """
        }
        try connection.executeScript(
            """
            CREATE OR REPLACE FUNCTION \(function)() RETURNS trigger LANGUAGE plpgsql AS $function$
            DECLARE payload text;
            BEGIN
                IF TG_OP = 'TRUNCATE' THEN
                    PERFORM pg_notify('\(Self.channel)', '');
                    RETURN NULL;
                END IF;
                IF TG_OP <> 'INSERT' THEN
                    \(notify("OLD"))
                END IF;
                IF TG_OP <> 'DELETE' THEN
                    \(notify("NEW"))
                END IF;
                RETURN NULL;
            END $function$;
            CREATE TRIGGER \(Self.name) AFTER INSERT OR UPDATE OR DELETE ON \(self.table.quoted)
                FOR EACH ROW EXECUTE PROCEDURE \(function)();
            CREATE TRIGGER \(Self.name)_all AFTER TRUNCATE ON \(self.table.quoted)
                FOR EACH STATEMENT EXECUTE PROCEDURE \(function)()
            """
        )
        report.changes.append("installed the trigger \(Self.name) on table \(self.table.name)")
    }
}
#endif
