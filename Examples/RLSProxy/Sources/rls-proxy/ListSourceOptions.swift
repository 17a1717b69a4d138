// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser
import RLSPostgres
import XCAPDocuments
import XCAPResolvers

/// Where lists come from. Without any option the proxy serves no lists.
struct ListSourceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Directory laid out as an XCAP tree.", valueName: "dir"))
    var lists: String?

    @Option(
        help: ArgumentHelp(
            "Root of an XCAP server, http or https; repeatable, asked in this order.",
            valueName: "url"
        )
    )
    var xcapRoot: [String] = []

    @Option(help: ArgumentHelp("User name at the XCAP servers.", valueName: "name"))
    var xcapUser: String?

    @Option(help: ArgumentHelp("File whose first line is the password at the XCAP servers.", valueName: "file"))
    var xcapPasswordFile: String?

    @Option(
        help: ArgumentHelp(
            "PostgreSQL database with OpenXCAP's table: libpq's keywords and values, or a postgres:// URI.",
            valueName: "conninfo"
        )
    )
    var xcapDatabase: String?

    @Option(help: ArgumentHelp("Name of OpenXCAP's table. Default xcap.", valueName: "table"))
    var xcapTable: String?

    /// Whether any source is named.
    var isGiven: Bool { self.lists != nil || !self.xcapRoot.isEmpty || self.xcapDatabase != nil }

    func validate() throws {
        let sources = [self.lists != nil, !self.xcapRoot.isEmpty, self.xcapDatabase != nil]
        guard sources.count(where: \.self) <= 1 else {
            throw ValidationError("give one of --lists, --xcap-root and --xcap-database")
        }
        guard (self.xcapUser == nil) == (self.xcapPasswordFile == nil) else {
            throw ValidationError("--xcap-user and --xcap-password-file belong together")
        }
        guard self.xcapUser == nil || !self.xcapRoot.isEmpty else {
            throw ValidationError("--xcap-user is for --xcap-root; the user of a database is in its connection string")
        }
        guard self.xcapTable == nil || self.xcapDatabase != nil else {
            throw ValidationError("--xcap-table needs --xcap-database")
        }
        _ = try self.xcapRoots()
        _ = try self.databaseConfiguration()
    }

    /// Opens the source; nil when none is named.
    func open() throws -> ListSource? {
        if let lists {
            return .directory(lists)
        }
        if let configuration = try self.databaseConfiguration() {
            return .database(configuration)
        }
        let roots = try self.xcapRoots()
        guard !roots.isEmpty else { return nil }
        let credentials = try self.credentials()
        return .servers(XCAPHTTPConfiguration(roots: roots.map { .init($0, credentials: credentials) }))
    }

    private func xcapRoots() throws -> [XCAPRoot] {
        try self.xcapRoot.map { text in
            do {
                return try XCAPRoot(text)
            } catch {
                // The URL is not repeated: somebody may have written a password into it.
                throw ValidationError("--xcap-root is no http or https URL without user, query and fragment")
            }
        }
    }

    private func databaseConfiguration() throws -> OpenXCAPConfiguration? {
        guard let text = self.xcapDatabase else { return nil }
        do {
            var configuration = try OpenXCAPConfiguration(text)
            configuration.table = self.xcapTable ?? configuration.table
            return configuration
        } catch {
            throw ValidationError("--xcap-database: \(error.message)")
        }
    }

    private func credentials() throws -> XCAPCredentials? {
        guard let user = self.xcapUser, let file = self.xcapPasswordFile else { return nil }
        return XCAPCredentials(user: user, password: try PasswordFile.read(file))
    }
}
