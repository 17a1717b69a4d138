// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSPostgres
import RLSSQLite
import ResourceListServer

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs what the command line names, against an empty database; `Scripts/bench-store` makes one:
///
/// - `write CONNINFO POSTMASTER`: rows written by the store beside COPY; POSTMASTER is the server's process id.
/// - `subscribe CONNINFO|sqlite:FILE`: commits and time of SUBSCRIBEs.
/// - `load CONNINFO|sqlite:FILE`: a start with 100,000 list dialogs and 2 million states.
@main
struct StoreBenchmarks {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 2 else { self.fail() }
        switch (arguments[0], arguments.count) {
        case ("write", 3):
            guard let postmaster = Int32(arguments[2]) else { self.fail() }
            try await WriteBenchmark(database: arguments[1], postmaster: postmaster).run()
        case ("subscribe", 2):
            try await SubscribeBenchmark(store: self.open(arguments[1])).run()
        case ("load", 2):
            try await LoadBenchmark(store: self.open(arguments[1])).run()
        default:
            self.fail()
        }
    }

    /// A store with tables.
    private static func open(_ database: String) async throws -> any RLSStore {
        if database.hasPrefix("sqlite:") {
            return try SQLiteStore(path: String(database.dropFirst("sqlite:".count)))
        }
        let configuration = try PostgresStoreConfiguration(database)
        _ = try await PostgresMigration(configuration).run()
        return PostgresStore(configuration)
    }

    private static func fail() -> Never {
        print("usage: StoreBenchmarks write CONNINFO POSTMASTER | subscribe DATABASE | load DATABASE")
        exit(1)
    }
}
