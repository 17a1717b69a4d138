// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser
import RLSPostgres

/// A database as the command line names it.
enum DatabaseName {
    /// A file.
    case sqlite(String)
    case postgres(PostgresStoreConfiguration)

    /// - Throws: a message that does not repeat `text`, which may hold a password.
    init(_ text: String, tables: TableOptions) throws {
        let prefix = "sqlite:"
        if text.hasPrefix(prefix) {
            let path = String(text.dropFirst(prefix.count))
            guard !path.isEmpty else { throw ValidationError("--database: sqlite: needs a file") }
            self = .sqlite(path)
            return
        }
        do {
            var configuration = try PostgresStoreConfiguration(text)
            tables.apply(to: &configuration)
            self = .postgres(configuration)
        } catch {
            throw ValidationError("--database is neither sqlite:FILE nor a connection string that libpq understands")
        }
    }
}
