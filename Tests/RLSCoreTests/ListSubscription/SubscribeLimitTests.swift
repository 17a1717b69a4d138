// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// Limits, answered before anything is sent (S-AMP, S-RES).
@Suite struct SubscribeLimitTests {
    @Test func limitsAreAnsweredBeforeAnythingIsSent() throws {  // S-AMP, S-RES
        var world = EngineWorld(
            EngineWorld.configuration {
                $0.maxListsPerWatcher = 2
                $0.maxListDialogs = 3
            }
        )
        func from(_ user: String) -> [String] { ["From: <sip:\(user)@example.org>;tag=phone"] }
        #expect(world.subscribe(world.makeSubscribe(callID: "1")).status == 200)
        #expect(world.subscribe(world.makeSubscribe(callID: "2")).status == 200)
        #expect(world.subscribe(world.makeSubscribe(callID: "3")).status == 403)
        #expect(world.subscribe(world.makeSubscribe(expires: 0, callID: "4")).status == 200, "a fetch holds nothing")
        #expect(world.subscribe(world.makeSubscribe(callID: "5", lines: from("tom"))).status == 200)
        let last = world.subscribe(world.makeSubscribe(callID: "6", lines: from("eve")))
        #expect(last.status == 503)
        #expect(try last.replies.at(0).text(.retryAfter) == "10")
        #expect(last.requests.isEmpty)
    }

    @Test func theBackendLimitRefusesTheWholeList() {  // S-AMP
        var world = EngineWorld(EngineWorld.configuration { $0.maxBackends = 3 })
        #expect(world.subscribe(world.makeSubscribe(callID: "1")).status == 200)
        let second = world.subscribe(world.makeSubscribe(callID: "2"))
        #expect(second.status == 503)
        #expect(second.requests.isEmpty)
        #expect(world.engine.statistics.backends == 2)
        #expect(world.engine.statistics.listDialogs == 1)
    }

    @Test func whatHasEndedCountsNoMore() throws {  // S-RES
        var world = EngineWorld(EngineWorld.configuration { $0.maxListsPerWatcher = 1 })
        let list = world.stand()
        #expect(world.subscribe(world.makeSubscribe(callID: "2")).status == 403)
        // Although the last NOTIFY is not answered yet.
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag))
        #expect(end.notifies.count == 1)
        #expect(world.subscribe(world.makeSubscribe(callID: "3")).status == 200)
    }

    @Test(arguments: [(3_599, 423), (3_600, 200), (7_200, 200)] as [(UInt32, Int)])
    func anHourIsNeverTooBrief(expires: UInt32, status: Int) {  // R6665-22
        var world = EngineWorld(EngineWorld.configuration { $0.minExpires = 7_200 })
        #expect(world.subscribe(world.makeSubscribe(expires: expires)).status == status)
    }

    @Test(
        arguments: [
            (.udp, false), (.tcp, false), (.ws, false), (.tls, true), (.wss, true),
        ] as [(SIPPath.Transport, Bool)]
    )
    func aSipsListIsServedOverSecureTransportsOnly(transport: SIPPath.Transport, isServed: Bool) {  // S-DOWN
        var world = EngineWorld()
        var path = world.path
        path.transport = transport
        let text = String(decoding: world.makeSubscribe().bytes, as: UTF8.self)
            .split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
        let request = EngineWorld.parse("SUBSCRIBE sips:" + text.dropFirst("SUBSCRIBE sip:".count))
        let subscribe = RLSSubscribe(request, via: path, watcher: nil, configuration: world.configuration)
        switch world.engine.admitAuthorized(subscribe, service: EngineWorld.service, verdict: .allow, now: world.now) {
        case .refuse(let actions): #expect(!isServed && actions.status == 403)
        case .resolve: #expect(isServed)
        case .acceptWithoutList: Issue.record("the list is to be resolved")
        }
    }
}
