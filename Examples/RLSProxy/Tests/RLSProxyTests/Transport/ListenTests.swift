// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RLSCore
import Testing

@testable import RLSProxy

@Suite("Listening", .timeLimit(.minutes(1)))
struct ListenTests {
    private func withTransport(threads: Int, _ body: (SIPTransport) async throws -> Void) async throws {
        var logger = Logger(label: "transport")
        logger.logLevel = .error
        let transport = SIPTransport(
            group: MultiThreadedEventLoopGroup(numberOfThreads: threads),
            logger: logger
        )
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(transport))
        } catch {
            result = .failure(error)
        }
        await transport.close()
        try await transport.group.shutdownGracefully()
        try result.get()
    }

    private func listen(_ transport: SIPTransport, port: UInt16 = 0) async throws {
        try await transport.listen(
            on: ListenAddress(.udp, host: "127.0.0.1", port: port),
            advertise: nil,
            receiver: .none
        )
    }

    @Test("each loop has a socket on the one port that the system chose")
    func onePort() async throws {
        try await self.withTransport(threads: 3) { transport in
            try await self.listen(transport)
            let sockets = transport.state.withLockedValue { $0.sockets }
            #expect(sockets.count == 3)
            #expect(Set(sockets.map(\.local.port)).count == 1)
            #expect(Set(sockets.map { ObjectIdentifier($0.eventLoop) }).count == 3)
        }
    }

    @Test("the system never chooses a port that another listener shares among its loops")
    func ownPort() async throws {
        try await self.withTransport(threads: 1) { transport in
            // So many that by chance some would meet: with SO_REUSEPORT before bind, 65 of 2,000 were not new.
            for _ in 0..<600 {
                try await self.listen(transport)
            }
            let ports = transport.state.withLockedValue { $0.sockets.map(\.local.port) }
            #expect(Set(ports).count == 600)
        }
    }

    @Test("a port that somebody has is refused, although it could be shared")
    func portInUse() async throws {
        try await self.withTransport(threads: 2) { first in
            try await self.listen(first)
            let port = try #require(first.state.withLockedValue { $0.sockets.first?.local.port })
            try await self.withTransport(threads: 2) { second in
                await #expect(throws: IOError.self) { try await self.listen(second, port: port) }
            }
        }
    }
}
