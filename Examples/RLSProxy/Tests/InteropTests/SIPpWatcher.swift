// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore
import SIPMessage

/// SIPp as the watcher of a list: plays `watcher.xml` and writes down what it receives.
final class SIPpWatcher: Sendable {
    enum Step: String {
        case initial, changed, offline
    }

    struct NoStep: Error {
        var step: String
        var errors: String
    }

    private let directory: String
    private let run: Task<String, any Error>

    init(list: String, proxy: SocketAddress, over transport: String) throws {
        let directory = "/tmp/rls-interop-sipp-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        self.directory = directory
        let scenario = PresenceServer.scripts.appending(path: "scenarios/watcher.xml").path(percentEncoded: false)
        let arguments = [
            "127.0.0.1:\(proxy.port ?? 0)", "-sf", scenario, "-m", "1", "-i", "127.0.0.1",
            "-t", transport == "udp" ? "u1" : "t1", "-key", "dir", directory, "-s", list,
            "-trace_msg", "-message_file", "\(directory)/messages", "-trace_err", "-error_file", "\(directory)/errors",
            "-nostdin", "-timeout", "60s", "-timeout_error", "-recv_timeout", "20000",
        ]
        self.run = Task { try await Command.run("sipp", arguments) }
    }

    /// Waits until SIPp has reached a step.
    func reaches(_ step: Step) async throws {
        for _ in 0..<1000 {
            if FileManager.default.fileExists(atPath: "\(self.directory)/\(step.rawValue)") { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NoStep(step: step.rawValue, errors: self.errors)
    }

    /// Waits for the end of the scenario.
    ///
    /// - Returns: the NOTIFYs, in order.
    func finish() async throws -> [SIPRequest] {
        do {
            _ = try await self.run.value
        } catch {
            throw NoStep(step: "end: \(error)", errors: self.errors)
        }
        let trace = try Data(contentsOf: URL(filePath: "\(self.directory)/messages"))
        try FileManager.default.removeItem(atPath: self.directory)
        return Self.received(in: Array(trace)).compactMap { bytes in
            guard case .request(let request) = try? SIPParser.parse(datagram: bytes) else { return nil }
            return request
        }
    }

    private var errors: String {
        (try? String(contentsOfFile: "\(self.directory)/errors", encoding: .utf8)) ?? "no errors written"
    }

    /// SIPp's trace: a line `UDP message received [bytes] :`, an empty line, and the message as it came.
    private static func received(in trace: [UInt8]) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        var rest = trace[...]
        while let mark = rest.firstRange(of: Array(" message received [".utf8)) {
            rest = rest[mark.upperBound...]
            let count = Int(String(decoding: rest.prefix { $0 != UInt8(ascii: "]") }, as: UTF8.self)) ?? 0
            guard let gap = rest.firstRange(of: Array("\n\n".utf8)) else { break }
            messages.append(Array(rest[gap.upperBound...].prefix(count)))
            rest = rest[gap.upperBound...].dropFirst(count)
        }
        return messages
    }
}
