// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import ResourceListServer
import SIPMessage
import Testing

@testable import RLSPostgres

/// The tutorial's integrated mode: lists in the table `xcap`.
@Suite(.enabled(if: TestCluster.isRequired), .timeLimit(.minutes(2)))
struct XCAPResolverTests {
    private static let services = """
        <?xml version="1.0"?>
        <rls-services xmlns="urn:ietf:params:xml:ns:rls-services" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">
          <service uri="sip:alice-list@example.org">
            <resource-list>https://xcap.example.org/xcap-root/resource-lists/users/sip:alice@example.org/index/~~/\
        resource-lists/list%5b@name=%22buddies%22%5d</resource-list>
            <packages><package>presence</package></packages>
          </service>
        </rls-services>
        """

    private static func lists(_ users: String...) -> String {
        let entries = users.map { "<entry uri=\"sip:\($0)@example.org\"/>" }.joined()
        return """
            <?xml version="1.0"?>
            <resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="buddies">\(entries)</list>\
            </resource-lists>
            """
    }

    /// The table as OpenSIPS or Kamailio make it.
    private static let openSIPS = """
        CREATE TABLE xcap (id SERIAL PRIMARY KEY NOT NULL, username VARCHAR(64) NOT NULL, domain VARCHAR(64) NOT NULL,
            doc BYTEA NOT NULL, doc_type INTEGER NOT NULL, etag VARCHAR(64) NOT NULL, source INTEGER DEFAULT 0 NOT NULL,
            doc_uri VARCHAR(255) NOT NULL, port INTEGER DEFAULT 0 NOT NULL,
            CONSTRAINT xcap_account_doc_type_idx UNIQUE (username, domain, doc_type, doc_uri))
        """

    private static func insert(
        _ document: String,
        type: Int,
        etag: String,
        uri: String,
        user: String = "alice",
        into database: TestDatabase
    ) throws {
        try database.connection().execute(
            """
            INSERT INTO xcap (username, domain, doc, doc_type, etag, doc_uri)
            VALUES ($1, 'example.org', convert_to($2, 'UTF8'), $3, $4, $5)
            """,
            [.text(user), .text(document), .integer(Int64(type)), .text(etag), .text(uri)]
        )
    }

    private static func database(servicesURI: String = "index", listsURI: String = "index") throws -> TestDatabase {
        let database = try TestDatabase()
        try database.sql(Self.openSIPS)
        try Self.insert(Self.services, type: 8, etag: "s1", uri: servicesURI, into: database)
        try Self.insert(Self.lists("bob", "tom"), type: 4, etag: "l1", uri: listsURI, into: database)
        return database
    }

    private static func resolver(
        _ database: TestDatabase,
        _ change: (inout OpenXCAPConfiguration) -> Void = { _ in }
    ) throws -> OpenXCAPResolver {
        var configuration = try OpenXCAPConfiguration(database.connectionString)
        configuration.pollInterval = .milliseconds(100)
        change(&configuration)
        return OpenXCAPResolver(configuration)
    }

    private static func query(_ uri: String = "sip:alice-list@example.org") throws -> RLSListQuery {
        RLSListQuery(uri: try SIPURI(uri), event: "presence", watcher: try SIPURI("sip:alice@example.org"))
    }

    private static func entries(_ resolver: OpenXCAPResolver) async throws -> [String]? {
        guard let service = try await resolver.findService(try Self.query()) else { return nil }
        guard case .list(let list) = try await resolver.resolve(service, known: nil) else { return nil }
        return list.entries.map(\.uri)
    }

    @Test(
        "what doc_uri looks like does not matter",
        arguments: [
            ("index", "index"),
            (
                "/xcap-root/rls-services/users/sip:alice@example.org/index",
                "/xcap-root/resource-lists/users/sip:alice@example.org/index"
            ),
            (
                "https://xcap.example.org/xcap-root/rls-services/users/sip%3Aalice%40example.org/index",
                "http://10.0.0.1:8000/resource-lists/users/alice@example.org/index"
            ),
        ]
    )
    func listsAreFound(servicesURI: String, listsURI: String) async throws {
        let resolver = try Self.resolver(Self.database(servicesURI: servicesURI, listsURI: listsURI))
        let service = try #require(try await resolver.findService(try Self.query()))
        #expect(service.packages == ["presence"])
        #expect(service.owner == .user(try SIPURI("sip:alice@example.org")))
        #expect(try await Self.entries(resolver) == ["sip:bob@example.org", "sip:tom@example.org"])
    }

    @Test func versionThatIsKnownIsUnchangedAndAServiceThatIsGoneIsGone() async throws {
        let database = try Self.database()
        let resolver = try Self.resolver(database)
        let service = try #require(try await resolver.findService(try Self.query()))
        guard case .list(let list) = try await resolver.resolve(service, known: nil) else {
            Issue.record("no list")
            return
        }
        #expect(try await resolver.resolve(service, known: list.version) == .unchanged)
        try database.sql("UPDATE xcap SET etag = 'l2' WHERE doc_type = 4")
        #expect(try await resolver.resolve(service, known: list.version) != .unchanged)
        try database.sql("DELETE FROM xcap WHERE doc_type = 8")
        #expect(try await resolver.resolve(service, known: nil) == .gone)
    }

    @Test(arguments: [
        "sip:other@example.org", "sip:alice-list@example.net", "sip:x'%20OR%201=1--@example.org", "sip:example.org",
    ])
    func whatIsNotInTheTableIsNoList(_ uri: String) async throws {
        let resolver = try Self.resolver(Self.database())
        #expect(try await resolver.findService(try Self.query(uri)) == nil)
    }

    @Test func namesWithQuotesAreParametersAndNothingElse() async throws {
        let database = try Self.database()
        let resolver = try Self.resolver(database)
        let watcher = try SIPURI("sip:a'%3bDROP+TABLE+xcap--@example.org")
        let query = RLSListQuery(uri: try SIPURI("sip:alice-list@example.org"), event: "presence", watcher: watcher)
        #expect(try await resolver.findService(query) == nil)
        #expect(try database.number("SELECT count(*) FROM xcap") == 2)
    }

    @Test func globalTreeIsTheRowsWithoutUser() async throws {
        let database = try TestDatabase()
        try database.sql(Self.openSIPS)
        try Self.insert(Self.services, type: 8, etag: "g", uri: "index", user: "", into: database)
        try database.sql("UPDATE xcap SET domain = ''")
        let resolver = try Self.resolver(database)
        #expect(try await resolver.findService(try Self.query())?.owner == .shared)
    }

    @Test func documentThatIsTooLargeIsNotFetched() async throws {
        let database = try Self.database()
        try database.sql("UPDATE xcap SET doc = convert_to(repeat(' ', 300000), 'UTF8') WHERE doc_type = 8")
        let resolver = try Self.resolver(database)
        let error = await #expect(throws: RLSResolverError.self) { try await resolver.findService(try Self.query()) }
        #expect(error?.code == .badDocument)
        #expect(error?.message == "300000 bytes are too many")
    }

    @Test func databaseThatIsAwayIsUnavailableAndNeverNoList() async throws {
        let resolver = OpenXCAPResolver(try OpenXCAPConfiguration("host=/nonexistent password=s3cret"))
        let error = await #expect(throws: RLSResolverError.self) { try await resolver.findService(try Self.query()) }
        #expect(error?.code == .unavailable)
        #expect(error?.description.contains("s3cret") == false)
        let database = try TestDatabase()
        let missing = await #expect(throws: RLSResolverError.self) {
            try await Self.resolver(database).findService(try Self.query())
        }
        #expect(missing?.code == .unavailable)
    }

    @Test(arguments: [true, false])
    func changeIsNoticed(hasTrigger: Bool) async throws {
        let database = try Self.database()
        if hasTrigger {
            var migration = PostgresMigration(try database.configuration())
            migration.xcapTrigger = true
            let report = try await migration.run()
            #expect(report.changes.contains("installed the trigger rls_xcap_changed on table xcap"))
            #expect(try await migration.run().changes == [])
        }
        let resolver = try Self.resolver(database)
        let service = try #require(try await resolver.findService(try Self.query()))
        guard case .list(let list) = try await resolver.resolve(service, known: nil) else {
            Issue.record("no list")
            return
        }
        var changes = resolver.makeChanges().makeAsyncIterator()
        let update = Task {
            // When the watch begins is its own affair: change until it is noticed.
            while !Task.isCancelled {
                try database.sql("UPDATE xcap SET etag = 'n' || random() WHERE doc_type = 4")
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        defer { update.cancel() }
        var documents: [String] = []
        while documents.isEmpty, let change = await changes.next() {
            if case .documents(let keys) = change {
                documents = keys
            }
        }
        #expect(documents.contains("resource-lists/users/sip:alice@example.org/index"))
        #expect(list.sources.map(\.key).contains("resource-lists/users/sip:alice@example.org/index"))
    }

    @Test func afterTheConnectionWasLostEverythingMayHaveChanged() async throws {
        let database = try Self.database()
        let resolver = try Self.resolver(database)
        var changes = resolver.makeChanges().makeAsyncIterator()
        let cut = Task {
            while !Task.isCancelled {
                try database.cutConnections()
                try await Task.sleep(for: .milliseconds(300))
            }
        }
        defer { cut.cancel() }
        while let change = await changes.next() {
            if change == .everything { return }
        }
        Issue.record("the stream ended")
    }

    @Test func streamOfChangesEndsWithTheResolver() async throws {
        let resolver = try Self.resolver(Self.database())
        let changes = resolver.makeChanges()
        resolver.shutdown()
        for await _ in changes {}
        for await _ in resolver.makeChanges() {}
        await #expect(throws: RLSResolverError.self) { try await resolver.findService(try Self.query()) }
    }
}
#endif
