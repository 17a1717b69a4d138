// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore

/// The program `rls-proxy` in a process of its own, on one port for UDP and TCP.
final class ProxyProcess {
    struct Failure: Error {
        var what: String
        var log: String
    }

    let address: SocketAddress
    private let arguments: [String]
    private let logFile = "/tmp/rls-interop-proxy-\(UInt32.random(in: .min ... .max))"
    private var process: Process?

    /// The program beside the one that runs the tests.
    static var executable: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(
            path: "rls-proxy"
        )
    }

    /// - Parameter address: where to listen; nil: a free port.
    init(_ arguments: [String], at address: SocketAddress? = nil) throws {
        let address = try address ?? SocketAddress(ipAddress: "127.0.0.1", port: FreePort.tcp())
        self.address = address
        let place = "127.0.0.1:\(address.port ?? 0)"
        self.arguments =
            ["--listen", "udp:\(place)", "--listen", "tcp:\(place)", "--domain", "example.org"] + arguments
    }

    deinit {
        self.kill()
        try? FileManager.default.removeItem(atPath: self.logFile)
    }

    /// Starts it, and waits until it says that it has read its store, or listens when it has none.
    func start() async throws {
        _ = FileManager.default.createFile(atPath: self.logFile, contents: nil)
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = self.arguments
        process.standardError = FileHandle(forWritingAtPath: self.logFile)
        try Command.withAllSignals { try process.run() }
        self.process = process
        let ready = self.arguments.contains("--database") ? "list subscriptions restored" : "tcp:127.0.0.1"
        for _ in 0..<1000 where process.isRunning {
            if self.log.contains(ready) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Failure(what: "did not start", log: self.log)
    }

    /// Everything that it has logged since it was started last.
    var log: String { (try? String(contentsOfFile: self.logFile, encoding: .utf8)) ?? "" }

    func signal(_ signal: Int32) {
        guard let process = self.process, process.isRunning else { return }
        Foundation.kill(process.processIdentifier, signal)
    }

    /// SIGTERM, and the exit status.
    func stop() async throws -> Int32 {
        self.signal(SIGTERM)
        guard let process = self.process else { return -1 }
        for _ in 0..<1000 where process.isRunning {
            try await Task.sleep(for: .milliseconds(10))
        }
        guard !process.isRunning else { throw Failure(what: "did not stop", log: self.log) }
        return process.terminationStatus
    }

    /// SIGKILL; returns when it is gone.
    func kill() {
        self.signal(SIGKILL)
        self.process?.waitUntilExit()
        self.process = nil
    }
}
