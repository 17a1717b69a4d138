// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore
import SIPMessage
import SIPPhone

/// The proxy, started on a free port of the loopback interface.
final class ProxyProcess {
    private let process = Process()
    /// Where it listens.
    let address: SocketAddress

    init(lists: String) throws {
        let own = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        self.process.executableURL = own.deletingLastPathComponent().appending(path: "rls-proxy")
        self.process.arguments = [
            "--listen", "udp:127.0.0.1:0", "--domain", "example.org", "--lists", lists, "--waitn-time", "1",
        ]
        let log = Pipe()
        self.process.standardError = log
        try self.process.run()
        self.address = try Self.address(in: log.fileHandleForReading)
    }

    /// Reads the log up to the line that names the port.
    private static func address(in log: FileHandle) throws -> SocketAddress {
        var text = ""
        while true {
            let more = log.availableData
            guard !more.isEmpty else { throw DemoError.proxyDidNotStart(text) }
            text += String(decoding: more, as: UTF8.self)
            guard let match = text.firstMatch(of: #/rls_address=udp:127\.0\.0\.1:(\d+)\D/#) else { continue }
            // From here on nobody needs the log, but somebody must read it.
            log.readabilityHandler = { _ = $0.availableData }
            return try SocketAddress(ipAddress: "127.0.0.1", port: Int(match.1) ?? 0)
        }
    }

    /// Waits until lists are served: while the proxy starts it answers 503.
    func untilItServes() async throws {
        let phone = try await SIPPhone.open("sip:alice@example.org", server: self.address)
        for _ in 0..<200 {
            var fetch = PhoneSubscription(to: "sip:alice-list@example.org")
            guard try await phone.send(fetch.request(from: phone, expires: 0)).statusCode == 503 else { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        await phone.close()
    }

    /// SIGTERM, and the exit status.
    func stop() async throws -> Int32 {
        self.process.terminate()
        for _ in 0..<500 where self.process.isRunning {
            try await Task.sleep(for: .milliseconds(10))
        }
        guard !self.process.isRunning else { throw DemoError.proxyDidNotStop }
        return self.process.terminationStatus
    }

    func kill() {
        guard self.process.isRunning else { return }
        Foundation.kill(self.process.processIdentifier, SIGKILL)
    }
}
