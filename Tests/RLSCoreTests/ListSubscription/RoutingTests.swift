// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// Whose a request is, before any state is looked at.
@Suite struct RoutingTests {
    private static func route(_ request: SIPRequest, _ configuration: RLSConfiguration = .init()) -> String {
        switch RLSEngine.route(subscribe: request, configuration: configuration, shardCount: 4) {
        case .initial: "initial"
        case .inDialog: "in dialog"
        case .answer(let actions): actions.toPresence.map { "presence \($0)" } ?? "\(actions.status ?? 0)"
        }
    }

    @Test(
        arguments: [
            ([], nil, "initial"),
            (["Supported: -"], nil, "presence 10"),  // R4662-15
            (["Supported: timer"], nil, "presence 10"),
            (["Supported: -", "Require: eventlist"], nil, "initial"),  // R4662-14
            (["Event: dialog"], nil, "presence 10"),
            (["Event: Presence"], nil, "presence 10"),  // R6665-10: byte by byte
            (["Event: -"], nil, "presence 10"),  // R6665-07
            // A To tag decides first, whatever else is missing.
            (["Supported: -", "Event: -"], "x", "in dialog"),
            // R4662-116, S-LOOP: our own SUBSCRIBE comes back.
            (["From: <sip:a@b>;tag=rlsb000000000000010123456789abcdef"], nil, "presence 10"),
        ] as [([String], String?, String)]
    )
    func subscribes(lines: [String], tag: String?, expected: String) {
        let world = EngineWorld()
        #expect(Self.route(world.makeSubscribe(toTag: tag, lines: lines)) == expected)
    }

    @Test func extensionRequiredByConfiguration() throws {  // R4662-05, R4662-15
        let world = EngineWorld()
        let configuration = EngineWorld.configuration { $0.requiresEventList = true }
        let request = world.makeSubscribe(lines: ["Supported: -"])
        guard
            case .answer(let actions) = RLSEngine.route(subscribe: request, configuration: configuration, shardCount: 1)
        else {
            Issue.record("not answered")
            return
        }
        #expect(actions.status == 421)
        #expect(try actions.replies.at(0).text(.require) == "eventlist")
        #expect(try actions.replies.at(0).toTag != nil)
    }

    @Test func theDialogIsInTheShardOfItsFirstSubscribe() throws {
        let world = EngineWorld()
        for callID in ["a", "b", "c", "d", "e"] {
            guard
                case .initial(let first) = RLSEngine.route(
                    subscribe: world.makeSubscribe(callID: callID),
                    configuration: .init(),
                    shardCount: 4
                ),
                case .inDialog(let second) = RLSEngine.route(
                    subscribe: world.makeSubscribe(callID: callID, toTag: "t"),
                    configuration: .init(),
                    shardCount: 4
                )
            else {
                Issue.record("another route")
                return
            }
            #expect(first == second)
            let key = RLSDialogKey(callID: callID, watcherTag: "phone", localTag: "t")
            #expect(RLSEngine.shard(of: key, shardCount: 4) == first)
        }
    }

    @Test(
        arguments: [
            ("sip:rls@192.0.2.1:5060", "x", "481"), ("sip:rls@192.0.2.1:5060", nil, "481"),
            ("sip:carol@192.0.2.1", "x", "presence 2"), ("sip:carol@192.0.2.1", nil, "presence 2"),
            ("sip:carol@192.0.2.1", "rlsb000000000000010123456789abcdef", "shard 0"),
            // Another node's, and a shard that does not exist.
            ("sip:carol@192.0.2.1", "rlsb000100000000010123456789abcdef", "481"),
            ("sip:carol@192.0.2.1", "rlsb0000ff000000010123456789abcdef", "481"),
        ] as [(String, String?, String)]
    )
    func notifies(uri: String, tag: String?, expected: String) {
        let request = EngineWorld.parse(
            """
            NOTIFY \(uri) SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKn
            From: <sip:bob@example.org>;tag=pa
            To: <sip:alice@example.org>\(tag.map { ";tag=\($0)" } ?? "")
            Call-ID: c
            CSeq: 1 NOTIFY
            Event: presence
            Subscription-State: active


            """
        )
        switch RLSEngine.route(notify: request, configuration: .init(), shardCount: 4) {
        case .shard(let shard): #expect("shard \(shard)" == expected)
        case .answer(let actions):
            #expect((actions.toPresence.map { "presence \($0)" } ?? "\(actions.status ?? 0)") == expected)
            // R3261-10.
            #expect(actions.replies.allSatisfy { $0.toTag != nil })
        }
    }

    @Test func refusalsOfTheShellSayWhenToComeBack() throws {
        let world = EngineWorld()
        let actions = RLSEngine.refusal(world.makeSubscribe(), status: 503, retryAfter: 12, configuration: .init())
        #expect(actions.status == 503)
        #expect(try actions.replies.at(0).text(.retryAfter) == "12")
        #expect(try actions.replies.at(0).toTag != nil)
    }
}
