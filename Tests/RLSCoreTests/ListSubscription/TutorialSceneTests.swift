// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// The four steps of the tutorial, in the engine.
@Suite struct TutorialSceneTests {
    @Test func aliceSeesBobAndClaire() throws {
        var world = EngineWorld()
        // 1, 2: 200, then a full NOTIFY of version 0 without state, then a SUBSCRIBE per entry.
        let first = world.subscribe(world.makeSubscribe())
        #expect(first.status == 200)
        #expect(try first.replies.at(0).text(.require) == "eventlist")  // R4662-11
        #expect(try first.replies.at(0).text(.expires) == "600")  // R6665-04
        let notify = try #require(first.notifies.first)
        #expect(notify.request.text(.require) == "eventlist")  // R4662-12
        #expect(notify.request.text(.subscriptionState) == "active;expires=600")  // R6665-36
        #expect(notify.request.rlmi.contains(#"version="0" fullState="true""#))  // R4662-53, R4662-64
        #expect(notify.request.rlmi.contains(#"<resource uri="sip:bob@example.org"></resource>"#))  // R4662-49
        let order = first.map { action in
            switch action {
            case .reply: "reply"
            case .sendRequest(let outbound): outbound.request.method.rawValue
            case .toPresenceCode: "presence"
            }
        }
        #expect(order == ["reply", "NOTIFY", "SUBSCRIBE", "SUBSCRIBE"])
        // 3: on alice's behalf.
        let subscribes = first.subscribes
        #expect(subscribes.map { $0.request.requestURI.elementsEqual("sip:bob@example.org".utf8) } == [true, false])
        #expect(try subscribes.at(0).request.text(.from)?.hasPrefix("<sip:alice@example.org>;tag=rlsb") == true)
        #expect(world.answer(notify).isEmpty)
        // 4: states are collected and go out together when both have reported.
        for (index, subscribe) in subscribes.enumerated() {
            #expect(world.answer(subscribe, lines: [(.expires, "600")]).requests.isEmpty)
            let actions = world.notify(
                EngineWorld.makeNotify(to: subscribe.request, body: "<presence n='\(index)'/>")
            )
            #expect(actions.status == 200)
            #expect(actions.notifies.count == index)
            guard let list = actions.notifies.first else { continue }
            #expect(list.request.rlmi.contains(#"version="1" fullState="false""#))
            #expect(list.request.bodyText.contains("\r\n\r\n<presence n='0'/>\r\n--"))
            #expect(list.request.bodyText.contains("\r\n\r\n<presence n='1'/>\r\n--"))
            _ = world.answer(list)
        }
        // Later changes wait for `waitnTime` and come as one partial NOTIFY with only what changed.
        _ = try world.notify(EngineWorld.makeNotify(to: subscribes.at(0).request, cSeq: 2, body: "<presence n='2'/>"))
        #expect(world.advance(.seconds(4.9)).notifies.isEmpty)
        let later = world.advance(.seconds(0.2)).notifies
        #expect(later.count == 1)
        #expect(later.first?.request.rlmi.contains("claire") == false)  // R4662-54
        #expect(later.first?.request.rlmi.contains(#"version="2""#) == true)
    }

    @Test func unsubscribingEndsEverything() throws {
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe())
        let tag = try #require(first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) })
        _ = try world.answer(first.notifies.at(0))
        for subscribe in first.subscribes {
            _ = world.answer(subscribe, lines: [(.expires, "600")])
            for notify in world.notify(EngineWorld.makeNotify(to: subscribe.request, body: "<p/>")).notifies {
                _ = world.answer(notify)
            }
        }
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: tag))
        #expect(end.status == 200)
        #expect(try end.replies.at(0).text(.expires) == "0")  // R6665-32
        let last = try #require(end.notifies.first)
        #expect(last.request.text(.subscriptionState) == "terminated;reason=timeout")
        #expect(last.request.rlmi.contains(#"fullState="true""#))  // R4662-53a
        #expect(last.request.bodyText.contains("<p/>"))
        #expect(end.subscribes.map { $0.request.text(.expires) } == ["0", "0"])
        _ = world.answer(last)
        for subscribe in end.subscribes {
            _ = world.answer(subscribe, lines: [(.expires, "0")])
            let final = EngineWorld.makeNotify(to: subscribe.request, cSeq: 9, state: "terminated;reason=timeout")
            #expect(world.notify(final).status == 200)
            #expect(world.notify(final).status == 481)
        }
        _ = world.advance(.seconds(40))
        #expect(world.engine.statistics == RLSStatistics())
        #expect(world.refresh(world.makeSubscribe(cSeq: 3, toTag: tag)).status == 481)  // R6665-47
    }

    @Test func anExpiredSubscriptionIsToldSo() throws {  // R6665-31
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe())
        _ = try world.answer(first.notifies.at(0))
        let actions = world.advance(.seconds(601), answering: true)
        let last = try #require(actions.notifies.last)
        #expect(last.request.text(.subscriptionState) == "terminated;reason=timeout")
    }
}
