// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RLSCore
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

/// With SO_REUSEPORT the kernel decides by the peer's address which loop gets a message.
@Suite("Many loops", .timeLimit(.minutes(1)))
struct ManyLoopsTests {
    private func message(_ name: String, to uri: String) throws -> SIPRequest {
        var request = SIPRequest(.message, uri: uri)
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:tom@example.org>;tag=t")
        request.headers.append(.to, "<\(uri)>")
        request.headers.append(.callID, name)
        request.headers.append(.cSeq, "1 MESSAGE")
        request.headers.append(.contentLength, "0")
        return request
    }

    @Test("a response that comes in on another loop than its request left from finds its transaction")
    func otherLoop() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        var logger = Logger(label: "transport")
        logger.logLevel = .error
        let transport = SIPTransport(group: group, logger: logger)
        let transactions = TransactionLayer(transport: transport, timers: SIPTimers())
        let loops = NIOLockedValueBox(Set<ObjectIdentifier>())
        let receiver = SIPReceiver(
            message: { message, flow, _ in
                guard case .response(let response) = message else { return }
                guard let branch = TopVia(of: response)?.branch.flatMap({ Branch($0) }) else { return }
                loops.withLockedValue { _ = $0.insert(ObjectIdentifier(flow.eventLoop)) }
                transactions.receive(response, branch: branch)
            },
            malformed: { _, _, _, _ in }
        )
        try await transport.listen(
            on: ListenAddress(.udp, host: "127.0.0.1", port: 0),
            advertise: nil,
            receiver: receiver
        )
        transactions.start()
        let first = transport.loops[0]
        let socket = try #require(transport.state.withLockedValue { $0.sockets.first { $0.eventLoop === first } })
        // That the kernel gives all of so many peers to one loop does not happen.
        for number in 0..<40 {
            let bob = try await SIPPhone.open("sip:bob@example.org", server: socket.reachableAddress)
            bob.answerRequests { _ in 486 }
            let request = try self.message("m\(number)", to: bob.contact)
            let outcome = await withCheckedContinuation { continuation in
                first.execute {
                    transactions.send(request, to: .flow(socket, bob.address)) { continuation.resume(returning: $0) }
                }
            }
            guard case .response(let response) = outcome else {
                Issue.record("no response: \(outcome)")
                continue
            }
            #expect(response.statusCode == 486)
            await bob.close()
        }
        #expect(loops.withLockedValue { $0.count } == 2)
        await transport.close()
        try await group.shutdownGracefully()
    }

    @Test("requests between phones on any two loops are passed on and answered")
    func throughProxy() async throws {
        try await withProxy(configure: { $0.threads = 3 }) { running in
            let toms = try await self.phones("tom", running)
            let bobs = try await self.phones("bob", running)
            for (number, (tom, bob)) in zip(toms, bobs).enumerated() {
                bob.answerRequests { _ in 486 }
                let request = try self.message("p\(number)", to: bob.contact)
                #expect(try await tom.send(request).statusCode == 486)
            }
        }
    }

    private func phones(_ name: String, _ running: RunningProxy) async throws -> [SIPPhone] {
        var phones: [SIPPhone] = []
        for number in 0..<20 {
            phones.append(try await running.phone("sip:\(name)@example.org", over: number % 4 == 3 ? .tcp : .udp))
        }
        return phones
    }
}

extension Flow {
    fileprivate var reachableAddress: SocketAddress {
        get throws { try SocketAddress(ipAddress: self.local.host, port: Int(self.local.port)) }
    }
}
