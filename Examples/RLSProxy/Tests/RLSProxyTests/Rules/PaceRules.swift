// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import RLSTestKit
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

extension Rules {
    @Suite("A list of 500, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct PaceRules {
        private static let count = 500

        /// A list whose members are all at one socket, which says nothing by itself.
        private func withLongList(
            configure: (inout ProxyConfiguration) -> Void,
            body: (SIPPhone, inout ListPhone, NIODeadline) async throws -> Void
        ) async throws {
            try await RulesWorld.run(configure: {
                // Rates and numbers are shared out among the shards.
                $0.lists.shards = 1
                configure(&$0)
            }) { world in
                let server = try await world.running.phone("sip:member@example.net")
                server.answerRequests { _ in nil }
                let host = server.contact.drop { $0 != "@" }
                world.resolver.setList(RulesWorld.list, (0..<Self.count).map { "sip:m\($0)\(host)" })
                var list = try await world.phone()
                let began = NIODeadline.now()
                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                #expect(try await list.next().rlmi.resources.count == Self.count)
                try await body(server, &list, began)
                #expect(list.watcher.violations == [])
            }
        }

        @Test("S-AMP, S-REFRESH: fifty leave with the reply, the others at the configured rate")
        func rate() async throws {
            let rate = 600
            try await self.withLongList(configure: { $0.lists.backendRate = rate }) { server, list, began in
                server.answerRequests { _ in 404 }
                var asked: Set<String> = []
                for number in 1...Self.count {
                    asked.insert(String(decoding: try await server.nextRequest().requestURI, as: UTF8.self))
                    // However late it is taken here: so many cannot have left sooner.
                    let passed = (NIODeadline.now() - began).nanoseconds
                    #expect(number <= 50 + 10 + Int(passed) * rate / 1_000_000_000)
                }
                #expect(asked.count == Self.count)
                // One unusable entry never harms the others, and neither do 500.
                for uri in asked {
                    try await list.shows("terminated/noresource", of: uri)
                }
            }
        }

        @Test("S-AMP: a presence server that does not answer gets no more than so many; each answer lets one follow")
        func inFlight() async throws {
            try await self.withLongList(configure: { $0.lists.backendInFlightPerHop = 20 }) { server, _, _ in
                var waiting: [SIPRequest] = []
                for _ in 0..<20 {
                    waiting.append(try await server.nextRequest())
                }
                await #expect(throws: PhoneError.self) { try await server.nextRequest(within: .milliseconds(200)) }
                for _ in 0..<40 {
                    server.send(bytes: SIPResponse(to: waiting.removeFirst(), 404).bytes)
                    waiting.append(try await server.nextRequest())
                }
                await #expect(throws: PhoneError.self) { try await server.nextRequest(within: .milliseconds(100)) }
                // The rest is not asked for any more when the list is over.
                server.answerRequests { _ in 404 }
                for request in waiting {
                    server.send(bytes: SIPResponse(to: request, 404).bytes)
                }
            }
        }
    }
}
