// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import Foundation

/// A private PostgreSQL server in a temporary folder, on a Unix socket only.
///
/// The server does not survive the test process, however that ends: a shell waits for the end of its own input, which
/// this process holds open, and stops the server then.
final class TestCluster: @unchecked Sendable {
    /// The folder with initdb and postgres of the newest version; nil when there is none.
    static let binaries: String? = {
        let base = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []).compactMap(Int.init)
        let folders = versions.sorted(by: >).map { "\(base)/\($0)/bin" } + ["/usr/local/bin", "/opt/homebrew/bin"]
        return folders.first { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
    }()

    /// Tests that need a server are skipped where there is none, but never on a CI machine.
    static var isRequired: Bool { Self.binaries != nil || ProcessInfo.processInfo.environment["CI"] == "true" }

    /// The server that tests share which do not stop it.
    static let shared = Result { try TestCluster() }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let folder: String
    private let settings: [String]
    // Used by one test at a time, or once at the start of the shared one.
    private var server: ChildProcess?
    private let lock = NSLock()
    private var databases = 0

    init(settings: [String] = []) throws {
        guard let binaries = Self.binaries else { throw Failure(description: "no initdb in /usr/lib/postgresql/*/bin") }
        self.settings = settings
        var template = Array("/tmp/rls-postgres-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ mkdtemp($0.baseAddress!) }) else {
            throw Failure(description: "no temporary folder")
        }
        self.folder = String(cString: made)
        try Self.run("chown postgres '\(self.folder)'", if: geteuid() == 0)
        try Self.run(
            Self.asServerUser("\(binaries)/initdb -N -A trust -E UTF8 --locale=C -U postgres -D '\(self.folder)/data'")
        )
        try self.start()
    }

    deinit {
        self.stop()
        try? FileManager.default.removeItem(atPath: self.folder)
    }

    /// A connection string; parameters may be added.
    func connectionString(_ database: String = "postgres") -> String {
        "host=\(self.folder) port=5432 user=postgres dbname=\(database)"
    }

    func nextDatabase() -> String {
        self.lock.withLock {
            self.databases += 1
            return "t\(self.databases)"
        }
    }

    func start() throws {
        guard let binaries = Self.binaries else { return }
        let settings = [
            "listen_addresses=", "unix_socket_directories=\(self.folder)", "fsync=off", "max_connections=500",
        ]
        let options = (settings + self.settings).map { "-c '\($0)'" }.joined(separator: " ")
        let script = """
            '\(binaries)/postgres' -D '\(self.folder)/data' \(options) >>'\(self.folder)/log' 2>&1 &
            server=$!
            read how || last=yes
            kill -${how:-QUIT} $server
            wait $server
            if [ "$last" = yes ]; then cd / && rm -rf '\(self.folder)'; fi
            """
        try script.write(toFile: "\(self.folder)/serve.sh", atomically: true, encoding: .utf8)
        self.server = try ChildProcess(
            Self.asServerUser("sh '\(self.folder)/serve.sh'"),
            log: "\(self.folder)/serve.log"
        )
        try Self.run("'\(binaries)/pg_isready' -q -t 1 -h '\(self.folder)'", attempts: 300)
    }

    /// Stops the server: INT ends running transactions, QUIT is a crash.
    func stop(_ signal: String = "QUIT") {
        guard let server = self.server else { return }
        self.server = nil
        server.write("\(signal)\n")
        _ = server.wait()
    }

    /// The server refuses to run as root.
    private static func asServerUser(_ command: String) -> String {
        guard geteuid() == 0 else { return command }
        return "cd / && exec runuser -u postgres -- \(command)"
    }

    private static func run(_ command: String, if condition: Bool = true, attempts: Int = 1) throws {
        guard condition else { return }
        for attempt in 1...attempts {
            let log = "/tmp/rls-postgres-\(UUID().uuidString).log"
            defer { unlink(log) }
            if try ChildProcess(command, log: log).wait() == 0 { return }
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if attempt == attempts {
                throw Failure(description: "\(command): \(text)")
            }
            usleep(50_000)
        }
    }
}
#endif
