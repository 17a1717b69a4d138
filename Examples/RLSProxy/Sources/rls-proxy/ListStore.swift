// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import RLSPostgres
import RLSSQLite
import ResourceListServer

/// Where list subscriptions are kept, ready for use.
enum ListStore {
    case file(SQLiteStore, path: String)
    case server(PostgresStore, description: String)

    static func file(_ path: String) throws -> ListStore {
        do {
            return .file(try SQLiteStore(path: path), path: path)
        } catch {
            throw StartError("--database: \(error.description)")
        }
    }

    static func server(_ configuration: PostgresStoreConfiguration) -> ListStore {
        .server(PostgresStore(configuration), description: "\(configuration)")
    }

    var store: any RLSStore {
        switch self {
        case .file(let store, _): store
        case .server(let store, _): store
        }
    }

    /// For the log; shows no password.
    var description: String {
        switch self {
        case .file(_, let path): "sqlite:\(path)"
        case .server(_, let description): "database \(description)"
        }
    }

    /// Looks whether the store can be used.
    ///
    /// - Throws: ``StartError`` when waiting does not help. A database that is away for now may come back: the list server
    ///   asks again until it does.
    func verify(logger: Logger) async throws {
        guard case .server(let store, _) = self else { return }
        do {
            try await store.verify()
        } catch let error as PostgresError where error.code == .unusableTable {
            throw StartError("--database: \(error.message) (rls-proxy migrate --help)")
        } catch {
            logger.warning("database cannot be used yet", metadata: ["rls_error": "\(error)"])
        }
    }

    /// Closes the connections. Nothing may be written any more.
    func shutdown() {
        switch self {
        // Closes its file when nobody uses it any more.
        case .file: break
        case .server(let store, _): store.shutdown()
        }
    }
}
