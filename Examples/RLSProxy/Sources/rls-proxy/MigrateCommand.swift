// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser
import Foundation
import RLSPostgres

/// Makes a PostgreSQL database ready for `--database` and `--xcap-database`.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Create the tables that are missing in a PostgreSQL database; on request, adapt those that exist.",
        discussion: """
            Everything happens in one transaction. OpenSIPS and Kamailio do not notice wider columns and our extra column. \
            What was done is printed, warnings go to standard error.
            """
    )

    @Option(
        help: ArgumentHelp("libpq's keywords and values, or a postgres:// URI.", valueName: "conninfo")
    )
    var database: String

    @Flag(help: "Widen columns of existing tables, make their id 64 bits wide (rewrites the table), add dialog_ext.")
    var widen = false

    @Flag(help: "Only add the index by Call-ID that OpenSIPS' table lacks; it cannot be written meanwhile.")
    var addIndexes = false

    @Flag(help: "Install the trigger by which changes in OpenXCAP's table are noticed at once.")
    var xcapTrigger = false

    @Option(help: ArgumentHelp("Name of OpenXCAP's table. Default xcap.", valueName: "table"))
    var xcapTable: String?

    @OptionGroup
    var tables: TableOptions

    func validate() throws {
        guard self.xcapTable == nil || self.xcapTrigger else {
            throw ValidationError("--xcap-table needs --xcap-trigger")
        }
        _ = try self.storeConfiguration()
    }

    func run() async throws {
        var migration = PostgresMigration(try self.storeConfiguration())
        migration.widen = self.widen
        migration.addIndexes = self.addIndexes
        migration.xcapTrigger = self.xcapTrigger
        migration.xcapTable = self.xcapTable ?? migration.xcapTable
        let report: PostgresMigration.Report
        do {
            report = try await migration.run()
        } catch let error as PostgresError {
            throw StartError("nothing was changed: \(error)")
        }
        for change in report.changes {
            print(change)
        }
        if report.changes.isEmpty {
            print("nothing to do")
        }
        for warning in report.warnings {
            FileHandle.standardError.write(Data("warning: \(warning)\n".utf8))
        }
    }

    private func storeConfiguration() throws -> PostgresStoreConfiguration {
        switch try DatabaseName(self.database, tables: self.tables) {
        case .postgres(let configuration): configuration
        case .sqlite: throw ValidationError("migrate is for PostgreSQL; a SQLite file is made when the proxy starts")
        }
    }
}
