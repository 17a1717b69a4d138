// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore

/// A SIPp scenario that passes or fails by itself.
struct SIPpScenario: Sendable {
    struct Failure: Error {
        var scenario: String
        var errors: String
    }

    private let name: String
    private let arguments: [String]

    /// A watcher.
    ///
    /// - Parameter options: further ones of SIPp.
    init(_ name: String, target: SocketAddress, options: [String] = []) {
        self.name = name
        self.arguments = ["127.0.0.1:\(target.port ?? 0)", "-m", "1", "-s", "alice-list"] + options
    }

    /// A server for a number of calls.
    init(_ name: String, listening: SocketAddress, calls: Int) {
        self.name = name
        self.arguments = ["-p", "\(listening.port ?? 0)", "-m", "\(calls)"]
    }

    /// Plays it to its end.
    func run() async throws {
        let file = PresenceServer.scripts.appending(path: "scenarios/\(self.name).xml").path(percentEncoded: false)
        let errors = "/tmp/rls-interop-errors-\(UInt32.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: errors) }
        do {
            _ = try await Command.run(
                "sipp",
                self.arguments + [
                    "-sf", file, "-i", "127.0.0.1", "-t", "u1", "-nostdin", "-timeout", "40s", "-timeout_error",
                    "-recv_timeout", "10000", "-trace_err", "-error_file", errors,
                ]
            )
        } catch {
            let text = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "\(error)"
            throw Failure(scenario: self.name, errors: text)
        }
    }
}
