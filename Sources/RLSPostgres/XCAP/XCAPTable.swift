// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import XCAPDocuments

/// Reads documents from the table; what is looked for goes into the statement as a parameter, always.
struct XCAPTable: Sendable {
    struct Row: Sendable {
        enum Content: Sendable {
            /// It has the version that the caller holds.
            case unchanged
            case tooLarge(Int64)
            case bytes([UInt8])
        }

        var etag: String
        var content: Content
    }

    /// A user has a handful of documents; more than this are not looked at.
    private static let maxRows = 500

    let name: TableName

    init(_ name: String) {
        self.name = TableName(name)
    }

    /// Gets a document.
    ///
    /// - Parameter cached: the version that the caller holds; its content is not sent again.
    /// - Returns: nil when there is none.
    func document(
        _ key: XCAPDocumentKey,
        cached: String?,
        limits: XCAPDocumentLimits,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> Row? {
        // Domains are case-insensitive; OpenXCAP writes what the client wrote.
        let domains = Set([key.domain, key.domain.lowercased()])
        let names = try connection.executePrepared(
            """
            SELECT id::int8, doc_uri::text FROM \(self.name.quoted)
            WHERE username = $1 AND domain = ANY ($2) AND doc_type = $3 ORDER BY id DESC LIMIT \(Self.maxRows)
            """,
            [.text(key.username), .texts(domains), .integer(key.type.rawValue)]
        )
        let matches = (0..<names.rowCount).filter { key.isNamed(by: names.text($0, 1)) }
        // A plain file name is OpenXCAP's own document, the others are copies of another server's.
        guard let match = matches.first(where: { !names.text($0, 1).contains("/") }) ?? matches.first else {
            return nil
        }
        let row = try connection.executePrepared(
            """
            SELECT etag::text, octet_length(doc)::int8, etag = $2, CASE WHEN etag = $2 OR octet_length(doc) > $3 THEN '' ELSE doc END
            FROM \(self.name.quoted) WHERE id = $1
            """,
            [.integer(names.integer(match, 0)), .text(cached), .integer(Int64(limits.maxBytes))]
        )
        guard row.rowCount == 1 else { return nil }
        let size = row.integer(0, 1)
        let content: Row.Content
        if row.boolean(0, 2) {
            content = .unchanged
        } else if size > Int64(limits.maxBytes) {
            content = .tooLarge(size)
        } else {
            content = .bytes(row.bytes(0, 3))
        }
        return Row(etag: row.text(0, 0), content: content)
    }

    /// The versions of all documents of some users.
    func versions(
        _ users: [XCAPUserKey],
        _ connection: PostgresConnection
    ) throws(PostgresError) -> [XCAPDocumentKey: String] {
        let result = try connection.executePrepared(
            """
            SELECT x.username::text, x.domain::text, x.doc_type::int8, x.doc_uri::text, x.etag::text
            FROM unnest($1::text[], $2::text[]) AS u(username, domain)
            JOIN \(self.name.quoted) x ON x.username = u.username AND x.domain = u.domain
            WHERE x.doc_type IN (4, 8) ORDER BY x.id
            """,
            [.texts(users.map(\.username)), .texts(users.map(\.domain))]
        )
        var versions: [XCAPDocumentKey: String] = [:]
        for row in 0..<result.rowCount {
            let key = XCAPDocumentKey(
                type: result.integer(row, 2),
                username: result.text(row, 0),
                domain: result.text(row, 1),
                documentURI: result.text(row, 3)
            )
            if let key {
                versions[key] = result.text(row, 4)
            }
        }
        return versions
    }
}

/// A user of the table.
struct XCAPUserKey: Sendable, Hashable {
    var username: String
    var domain: String
}
#endif
