// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

@Suite("Forwarding", .timeLimit(.minutes(1)))
struct ForwardingTests {
    /// A proxy in front of a presence server that is played by a phone.
    private func withPresenceServer(
        body: (RunningProxy, SIPPhone) async throws -> Void
    ) async throws {
        // The phone needs a socket before the proxy knows where it is; what it sends to is not known yet.
        let anywhere = try SocketAddress(ipAddress: "127.0.0.1", port: 9)
        let server = try await SIPPhone.open("sip:presence@example.org", server: anywhere)
        let uri = try SIPURI(server.contact)
        try await withProxy(configure: { $0.presenceServer = uri }) { running in
            try await body(running, server)
        }
        await server.close()
    }

    @Test("R3261-60, 66, 72: a SUBSCRIBE that is not for a list goes to the presence server, and we stay in its path")
    func subscribe() async throws {
        try await self.withPresenceServer { running, server in
            let tom = try await running.phone("sip:tom@example.org")
            var subscription = PhoneSubscription(to: "sip:bob@example.org", isList: false)
            let response = try await tom.send(subscription.request(from: tom, expires: 600))
            #expect(response.statusCode == 200)
            #expect(response.headers.values(.via).count == 1, "our Via is gone")

            let forwarded = try await server.nextRequest()
            #expect(forwarded.headers.values(.via).count == 2)
            #expect(try forwarded.maxForwards == 69)
            let proxy = "\(running.udp.ipAddress ?? ""):\(running.udp.port ?? 0)"
            #expect(forwarded.text(.recordRoute) == "<sip:\(proxy);lr>")
            #expect(String(decoding: forwarded.requestURI, as: UTF8.self) == "sip:bob@example.org")
            let ours = try #require(try forwarded.topVia)
            #expect("\(ours.host):\(ours.port ?? 0)" == proxy)
        }
    }

    @Test("R3261-65: our own Route is taken off, and the request follows the rest")
    func looseRoute() async throws {
        try await withProxy { running in
            let tom = try await running.phone("sip:tom@example.org")
            let bob = try await running.phone("sip:bob@example.org")
            let proxy = "\(running.udp.ipAddress ?? ""):\(running.udp.port ?? 0)"
            var request = self.message(to: bob.contact)
            request.headers.append(.route, "<sip:\(proxy);lr>")
            #expect(try await tom.send(request).statusCode == 200)
            let received = try await bob.nextRequest()
            #expect(received.headers.first(.route) == nil)
            #expect(Array(received.body) == Array("hello".utf8))
        }
    }

    @Test("the answer of the next hop comes back as it is", arguments: [200, 404, 486, 603])
    func answers(status: Int) async throws {
        try await withProxy { running in
            let tom = try await running.phone("sip:tom@example.org")
            let bob = try await running.phone("sip:bob@example.org", over: .tcp)
            bob.answerRequests { _ in status }
            // When his own request is answered, the proxy knows his connection.
            #expect(try await bob.send(self.message(to: "sip:nobody@example.org")).statusCode == 404)
            #expect(try await tom.send(self.message(to: bob.contact)).statusCode == status)
        }
    }

    @Test("R3261-70: a lone 503 becomes 500")
    func unavailable() async throws {
        try await withProxy { running in
            let tom = try await running.phone("sip:tom@example.org")
            let bob = try await running.phone("sip:bob@example.org")
            bob.answerRequests { _ in 503 }
            #expect(try await tom.send(self.message(to: bob.contact)).statusCode == 500)
        }
    }

    @Test("nobody listens there: 500")
    func transportError() async throws {
        try await withProxy { running in
            let tom = try await running.phone("sip:tom@example.org")
            let request = self.message(to: "sip:nobody@127.0.0.1:9;transport=tcp")
            #expect(try await tom.send(request).statusCode == 500)
        }
    }

    @Test("R3261-64: a request that comes back unchanged is a loop: 482")
    func loop() async throws {
        try await withProxy { running in
            let tom = try await running.phone("sip:tom@example.org")
            let proxy = "\(running.udp.ipAddress ?? ""):\(running.udp.port ?? 0)"
            // A name for the proxy that it does not know as its own.
            let request = self.message(to: "sip:tom@localhost:\(running.udp.port ?? 0)")
            let response = try await tom.send(request)
            #expect(response.statusCode == 482)
            _ = proxy
        }
    }

    @Test("R3261-69: a response that matches no transaction is dropped")
    func strayResponse() async throws {
        try await withProxy { running in
            let tom = try await running.phone("sip:tom@example.org")
            let proxy = "\(running.udp.ipAddress ?? ""):\(running.udp.port ?? 0)"
            let stray = """
                SIP/2.0 200 OK\r
                Via: SIP/2.0/UDP \(proxy);branch=z9hG4bK0123456789abcdef\r
                Via: SIP/2.0/UDP 127.0.0.1:\(tom.address.port ?? 0);branch=z9hG4bKstray\r
                From: <sip:tom@example.org>;tag=t\r
                To: <sip:bob@example.org>;tag=b\r
                Call-ID: stray\r
                CSeq: 1 MESSAGE\r
                Content-Length: 0\r
                \r

                """
            await #expect(throws: PhoneError.self) {
                try await tom.exchange(Array(stray.utf8), branch: "z9hG4bKstray", within: .milliseconds(300))
            }
        }
    }

    private func message(to uri: String) -> SIPRequest {
        .message(to: uri, type: "text/plain", body: Array("hello".utf8))
    }
}
