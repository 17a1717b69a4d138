// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import RLSCore
import ResourceListServer
import SIPMessage
import Synchronization
import Testing

/// Notes what it is told to do.
private final class NotingStack: SIPStack {
    struct Notes {
        var replies: [SIPResponse] = []
        var sent: [RLSOutboundRequest] = []
        var passedOn: [SIPRequest] = []
    }

    let notes = Mutex(Notes())

    func reply(_ response: SIPResponse) {
        self.notes.withLock { $0.replies.append(response) }
    }

    func passToPresence(_ request: SIPRequest) {
        self.notes.withLock { $0.passedOn.append(request) }
    }

    func send(_ request: RLSOutboundRequest, outcome: @escaping @Sendable (RLSTransactionOutcome) -> Void) {
        self.notes.withLock { $0.sent.append(request) }
    }
}

@Suite(.timeLimit(.minutes(1))) struct EmbeddingExampleTests {
    private let path = SIPPath(
        transport: .udp,
        local: .init(host: "192.0.2.1", port: 5060),
        remote: .init(host: "192.0.2.10", port: 5060)
    )

    private func subscribe(to user: String) throws -> SIPRequest {
        let text = """
            SUBSCRIBE sip:\(user)@example.org SIP/2.0\r
            Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1\r
            Max-Forwards: 70\r
            From: <sip:alice@example.org>;tag=a\r
            To: <sip:\(user)@example.org>\r
            Call-ID: 1\r
            CSeq: 1 SUBSCRIBE\r
            Contact: <sip:alice@192.0.2.10>\r
            Event: presence\r
            Supported: eventlist\r
            \r

            """
        guard case .request(let request) = try SIPParser.parse(datagram: Array(text.utf8)) else {
            throw SIPParseError(.startLine, reason: "a request was expected")
        }
        return request
    }

    @Test func theReadmeExampleServesAList() async throws {
        let routing = ListRouting(stack: NotingStack())
        let running = Task { try await routing.run() }
        // Until `run()` has begun, lists are answered 503.
        var served = false
        while !served {
            await routing.route(try self.subscribe(to: "buddies"), via: self.path, authenticated: nil)
            served = routing.stack.notes.withLock { $0.replies.last?.statusCode } == 200
            if !served {
                await Task.yield()
            }
        }
        let sent = routing.stack.notes.withLock { $0.sent }
        #expect(sent.map { $0.request.method } == [.notify, .subscribe, .subscribe])
        running.cancel()
        _ = await running.result
    }

    @Test func whatIsNoListGoesToPresence() async throws {
        let routing = ListRouting(stack: NotingStack())
        let running = Task { try await routing.run() }
        var passedOn = 0
        while passedOn == 0 {
            await routing.route(try self.subscribe(to: "bob"), via: self.path, authenticated: nil)
            passedOn = routing.stack.notes.withLock { $0.passedOn.count }
            await Task.yield()
        }
        #expect(routing.stack.notes.withLock { $0.replies.allSatisfy { $0.statusCode == 503 } })
        running.cancel()
        _ = await running.result
    }

    @Test func theReadmeShowsThisCode() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let source = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "EmbeddingExample.swift"),
            encoding: .utf8
        )
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let begin = try #require(source.range(of: "// README: begin\n"))
        let end = try #require(source.range(of: "// README: end"))
        #expect(readme.contains(source[begin.upperBound..<end.lowerBound]))
    }
}
