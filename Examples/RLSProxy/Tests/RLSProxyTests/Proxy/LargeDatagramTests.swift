// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

@Suite("Large datagrams", .timeLimit(.minutes(1)))
struct LargeDatagramTests {
    private func message(to uri: String, body: [UInt8]) -> SIPRequest {
        .message(to: uri, type: "application/octet-stream", body: body)
    }

    private func body(_ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
    }

    @Test("65,000 bytes pass in one datagram, as request and as response, with small ones between them")
    func largest() async throws {
        try await withProxy { running in
            let tom = try await running.phone("sip:tom@example.org")
            let bob = try await running.phone("sip:bob@example.org")
            bob.respond { request in
                var response = SIPResponse(to: request, 200)
                response.headers.append(.contentType, "application/octet-stream")
                response.setBody { $0.append(contentsOf: request.body.reversed()) }
                return response
            }
            // With the headers and our Via 65,000 bytes and more.
            for size in [64_700, 3, 64_700, 9_000, 64_700] {
                let body = self.body(size)
                let response = try await tom.send(self.message(to: bob.contact, body: body))
                let received = try await bob.nextRequest()
                #expect(Array(received.body) == body)
                #expect(Array(response.body) == body.reversed())
            }
        }
    }

    @Test("a message that our Via makes too large for a datagram is refused, and the socket serves on")
    func tooLarge() async throws {
        try await withProxy { running in
            let tom = try await running.phone("sip:tom@example.org")
            let bob = try await running.phone("sip:bob@example.org")
            let socket = try #require(running.proxy.transport.socket(reaching: tom.address))
            var request = self.message(to: bob.contact, body: [])
            // The phone's own Via takes some of what UDP over IPv4 has room for.
            let body = self.body(65_507 - request.bytes.count - 90)
            request.setBody { $0.append(contentsOf: body) }
            #expect(try await tom.send(request).statusCode == 500)
            #expect(try await tom.send(self.message(to: bob.contact, body: self.body(3))).statusCode == 200)
            #expect(running.proxy.transport.socket(reaching: tom.address) === socket)
        }
    }
}
