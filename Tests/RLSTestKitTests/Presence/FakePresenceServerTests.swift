// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@Suite("The fake presence server")
struct FakePresenceServerTests {
    private static let bob = "sip:bob@example.com"

    private static func subscribe(_ cSeq: UInt32 = 1, toTag: String? = nil, expires: UInt32 = 600) -> SIPRequest {
        var request = SIPRequest(.subscribe, uri: Self.bob)
        request.headers.append(.from, "<sip:alice@example.com>;tag=b1")
        request.headers.append(.to, "<\(Self.bob)>" + (toTag.map { ";tag=\($0)" } ?? ""))
        request.headers.append(.callID, "back-1")
        request.headers.append(.cSeq, "\(cSeq) SUBSCRIBE")
        request.headers.append(.contact, "<sip:rls@rls.example.com>")
        request.headers.append(.event, "presence")
        request.headers.append(.expires, String(expires))
        return request
    }

    private static func describe(_ steps: [FakePresenceServer.Step]) -> [String] {
        steps.map { step in
            switch step {
            case .respond(let response): String(response.statusCode)
            case .notify(let notify):
                String(decoding: notify.headers.first(.subscriptionState) ?? [], as: UTF8.self)
                    + (FakeState(Array(notify.body)).map { " \($0.sequence)" } ?? "")
            }
        }
    }

    @Test func aSubscriptionIsServedUntilItsEnd() {
        var server = FakePresenceServer(contact: "sip:pa@example.com")
        #expect(Self.describe(server.subscribe(Self.subscribe(), at: .zero)) == ["200", "active;expires=600 0"])
        let change = server.change(.active(5), of: Self.bob, for: "sip:alice@example.com", at: .zero)
        #expect(change.compactMap { FakeState(Array($0.body))?.sequence } == [5])
        #expect(server.change(.active(6), of: Self.bob, for: "sip:tom@example.com", at: .zero) == [])
        let end = server.subscribe(Self.subscribe(2, toTag: "pa1", expires: 0), at: .zero)
        #expect(Self.describe(end) == ["200", "terminated;reason=timeout"])
        #expect(server.subscriptions == [])
        #expect(Self.describe(server.subscribe(Self.subscribe(3, toTag: "pa1"), at: .zero)) == ["481"])
    }

    @Test func mannersAreKept() {
        var server = FakePresenceServer(contact: "sip:pa@example.com")
        func answer(_ edit: (inout PresenceManners) -> Void) -> [String] {
            var manners = PresenceManners()
            edit(&manners)
            server.restart()
            server.setManners(manners, of: Self.bob)
            return Self.describe(server.subscribe(Self.subscribe(), at: .zero))
        }
        #expect(answer { $0.refusal = 503 } == ["503"])
        #expect(answer { $0.minExpires = 900 } == ["423"])
        #expect(answer { $0.longestGrant = 90 } == ["200", "active;expires=90 0"])
        #expect(answer { $0.notifiesFirst = true } == ["active;expires=600 0", "200"])
        #expect(answer { $0.withholdsNotify = true } == ["200"])
        #expect(answer { $0.beginsEmpty = true } == ["200", "active;expires=600"])
        #expect(answer { $0.omitsExpires = true } == ["200", "active 0"])
        #expect(answer { $0.forks = true } == ["200", "active;expires=600 0", "active;expires=600 0"])
    }

    @Test func aNotifyThatFailsEndsTheSubscription() throws {
        var server = FakePresenceServer(contact: "sip:pa@example.com")
        let steps = server.subscribe(Self.subscribe(), at: .zero)
        guard case .notify(let notify) = try #require(steps.last) else { return }
        server.notifyEnded(notify, status: 503)
        #expect(server.subscriptions.count == 1)
        server.notifyEnded(notify, status: nil)
        #expect(server.subscriptions.count == 0)
    }
}
