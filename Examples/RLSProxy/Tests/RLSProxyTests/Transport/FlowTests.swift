// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RLSCore
import Testing

@testable import RLSProxy

@Suite("Flows", .timeLimit(.minutes(1)))
struct FlowTests {
    /// A UDP socket of ours on the loopback interface.
    private func withSocket(_ body: (Flow) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let transport = SIPTransport(group: group, logger: Logger(label: "transport"))
        let result: Result<Void, any Error>
        do {
            try await transport.listen(
                on: ListenAddress(.udp, host: "127.0.0.1", port: 0),
                advertise: nil,
                receiver: .none
            )
            try await body(try #require(transport.state.withLockedValue { $0.sockets.first }))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await transport.close()
        try await group.shutdownGracefully()
        try result.get()
    }

    /// Returns when the flow has told that it could not send.
    private func failure(of flow: Flow, sending count: Int, to address: String) async throws {
        let address = try SocketAddress(ipAddress: address, port: 5060)
        let bytes = ByteBuffer(repeating: UInt8(ascii: "x"), count: count)
        await withCheckedContinuation { continuation in
            flow.send(bytes, to: address) { continuation.resume() }
        }
    }

    @Test("R3261-52: what cannot be sent is told: too large, out of reach, over a closed socket")
    func failures() async throws {
        try await self.withSocket { flow in
            try await self.failure(of: flow, sending: 65_508, to: "127.0.0.1")
            try await self.failure(of: flow, sending: 100, to: "192.0.2.1")
            try await self.failure(of: flow, sending: 100, to: "::1")
            #expect(flow.isOpen)
            await flow.close()
            try await self.failure(of: flow, sending: 100, to: "127.0.0.1")
        }
    }

    @Test("R3261-56: the branch of a Via of ours is read in place, of others not")
    func branches() async throws {
        try await self.withSocket { flow in
            let branch = Branch.next(loopHash: 7)
            var via = flow.viaPrefix
            branch.write(into: &via)
            #expect(flow.branch(in: via[...]) == branch)
            #expect(flow.branch(in: (Array("Via: ".utf8) + via)[5...]) == branch)
            #expect(flow.branch(in: (via + Array(";received=127.0.0.1".utf8))[...]) == branch)
            #expect(flow.branch(in: (via + [UInt8(ascii: "0")])[...]) == nil)
            #expect(flow.branch(in: via.dropLast()) == nil)
            #expect(flow.branch(in: flow.viaPrefix[...]) == nil)
            #expect(flow.branch(in: Array("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK0123456789abcdef".utf8)[...]) == nil)
        }
    }
}
