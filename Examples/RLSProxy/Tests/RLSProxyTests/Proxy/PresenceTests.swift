// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

@Suite("The built-in presence agent over sockets", .timeLimit(.minutes(1)))
struct PresenceTests {
    @Test("a published document reaches a watcher byte for byte", arguments: [SIPPhone.Transport.udp, .tcp])
    func publishAndWatch(transport: SIPPhone.Transport) async throws {
        try await withProxy { running in
            let bob = try await running.phone("sip:bob@example.org", over: transport)
            let tom = try await running.phone("sip:tom@example.org", over: transport)
            var subscription = PhoneSubscription(to: "sip:bob@example.org", isList: false)
            let accepted = try await tom.send(subscription.request(from: tom, expires: 600))
            #expect(accepted.statusCode == 200)
            try subscription.established(by: accepted)
            #expect(try await tom.nextRequest().body.isEmpty)

            var publication = PhonePublication()
            let document = "<presence>open \u{1f600}\r\n</presence>"
            let published = try await bob.send(publication.request(from: bob, document: document))
            #expect(published.statusCode == 200)
            let notify = try await tom.nextRequest()
            #expect(Array(notify.body) == Array(document.utf8))
            #expect(notify.text(.contentType) == "application/pidf+xml")

            let ended = try await tom.send(subscription.request(from: tom, expires: 0))
            #expect(ended.statusCode == 200)
            #expect(try await tom.nextRequest().text(.subscriptionState) == "terminated;reason=timeout")
        }
    }

    @Test("documents of nearly 64 KiB go through UDP both ways")
    func largeDatagram() async throws {
        try await withProxy { running in
            let bob = try await running.phone("sip:bob@example.org")
            let tom = try await running.phone("sip:tom@example.org")
            var subscription = PhoneSubscription(to: "sip:bob@example.org", isList: false)
            _ = try await tom.send(subscription.request(from: tom, expires: 600))
            _ = try await tom.nextRequest()
            var publication = PhonePublication()
            let document = String(repeating: "x", count: 64_500)
            let published = try await bob.send(publication.request(from: bob, document: document))
            #expect(published.statusCode == 200)
            #expect(try await tom.nextRequest().body.count == 64_500)
        }
    }

    @Test("R6665-35: a phone that forgot its dialog (481) gets no more NOTIFYs in it")
    func forgottenDialog() async throws {
        try await withProxy { running in
            let bob = try await running.phone("sip:bob@example.org")
            let tom = try await running.phone("sip:tom@example.org")
            tom.answerRequests { _ in 481 }
            var forgotten = PhoneSubscription(to: "sip:bob@example.org", isList: false)
            _ = try await tom.send(forgotten.request(from: tom, expires: 600))
            _ = try await tom.nextRequest()

            // Comes after the 481 over the same socket: when it is answered, the 481 has been seen.
            var running = PhoneSubscription(to: "sip:bob@example.org", isList: false)
            tom.answerRequests { _ in 200 }
            _ = try await tom.send(running.request(from: tom, expires: 600))
            let first = try await tom.nextRequest()
            var publication = PhonePublication()
            _ = try await bob.send(publication.request(from: bob, document: "<presence/>"))
            let second = try await tom.nextRequest()
            #expect(second.callID == first.callID)
            await #expect(throws: PhoneError.self) { try await tom.nextRequest(within: .milliseconds(200)) }
        }
    }

    @Test("R3261-53: a repeated SUBSCRIBE gets the same answer and makes no second subscription")
    func repeatedRequest() async throws {
        try await withProxy { running in
            let tom = try await running.phone("sip:tom@example.org")
            var subscription = PhoneSubscription(to: "sip:bob@example.org", isList: false)
            var request = subscription.request(from: tom, expires: 600)
            let port = tom.address.port ?? 0
            request.headers.prepend(.via, "SIP/2.0/UDP 127.0.0.1:\(port);branch=z9hG4bKtwice")
            let first = try await tom.exchange(request.bytes, branch: "z9hG4bKtwice")
            let second = try await tom.exchange(request.bytes, branch: "z9hG4bKtwice")
            #expect(first == second)
            _ = try await tom.nextRequest()
            await #expect(throws: PhoneError.self) { try await tom.nextRequest(within: .milliseconds(200)) }
        }
    }
}
