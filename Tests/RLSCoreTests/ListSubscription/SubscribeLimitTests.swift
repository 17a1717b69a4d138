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
}
