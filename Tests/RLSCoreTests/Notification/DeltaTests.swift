// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// Packages whose documents are deltas (R4662-57, R4662-58, MORE-33, MORE-50).
@Suite struct DeltaTests {
    private static let watcherLines = [
        "Event: dialog", "Accept: application/dialog-info+xml, application/rlmi+xml, multipart/related",
    ]
    private static let serverLines = ["Event: dialog", "Content-Type: application/dialog-info+xml"]

    private static func world(queue: Int = 16) -> EngineWorld {
        EngineWorld(
            EngineWorld.configuration {
                $0.eventPackages = [.presence, .dialog]
                $0.maxQueuedDeltas = queue
            }
        )
    }

    private static func stand(_ world: inout EngineWorld) -> StandingList {
        world.stand(
            world.makeSubscribe(lines: Self.watcherLines),
            list: EngineWorld.list(EngineWorld.bob, EngineWorld.claire),
            bodies: ["<bob0/>", "<claire0/>"],
            notifyLines: Self.serverLines
        )
    }

    private static func delta(_ backend: RLSOutboundRequest, _ cSeq: UInt32, _ body: String) -> SIPRequest {
        EngineWorld.makeNotify(to: backend.request, cSeq: cSeq, body: body, lines: Self.serverLines)
    }

    @Test func eachDocumentGoesOutOnceAndInOrder() throws {
        var world = Self.world()
        let list = Self.stand(&world)
        #expect(try ListNotify(list.notifies.at(1)).shown(EngineWorld.bob) == "active:<bob0/>")
        for cSeq in 2...4 as ClosedRange<UInt32> {
            _ = try world.notify(Self.delta(list.backends.at(0), cSeq, "<bob\(cSeq)/>"))
        }
        var notifies = world.advance(.seconds(6)).notifies
        var shown: [String?] = []
        while let next = notifies.first {
            shown.append(try ListNotify(next).shown(EngineWorld.bob))
            // The next one leaves without a window.
            notifies = world.answer(next).notifies
        }
        #expect(shown == ["active:<bob2/>", "active:<bob3/>", "active:<bob4/>"])
    }

    @Test func aRefreshReplaysNothingAndAsksForFullDocuments() throws {
        var world = Self.world()
        let list = Self.stand(&world)
        let actions = world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag, lines: Self.watcherLines))
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.isFull)
        #expect(notify.resources.map { notify.shown($0.uri) } == ["-", "-"])
        #expect(actions.subscribes.count == 2)
        #expect(actions.subscribes.allSatisfy { $0.request.text(.cSeq) == "2 SUBSCRIBE" })
        _ = try world.answer(actions.notifies.at(0))
        for subscribe in actions.subscribes {
            _ = world.answer(subscribe, lines: [(.expires, "600")])
            _ = world.notify(Self.delta(subscribe, 9, "<full/>"))
        }
        let filled = try ListNotify(try #require(world.advance(.seconds(6)).notifies.first))
        #expect(filled.resources.map { filled.shown($0.uri) } == ["active:<full/>", "active:<full/>"])
    }

    @Test func aListChangeAsksForFullDocumentsToo() throws {  // R4662-58
        var world = Self.world()
        _ = Self.stand(&world)
        let actions = world.change(to: EngineWorld.list(EngineWorld.claire))
        #expect(try ListNotify(try #require(actions.notifies.first)).shown(EngineWorld.claire) == "-")
        let asked = actions.subscribes.filter { $0.request.text(.expires) != "0" }
        #expect(asked.map { $0.request.text(.to) } == ["<\(EngineWorld.claire)>;tag=pa"])
    }

    @Test func aLostNotifyAsksForFullDocuments() throws {
        var world = Self.world()
        let list = Self.stand(&world)
        _ = try world.notify(Self.delta(list.backends.at(0), 2, "<bob2/>"))
        let notify = try #require(world.advance(.seconds(6)).notifies.first)
        let actions = world.answer(notify, 500)
        #expect(actions.subscribes.count == 2)
        let next = try ListNotify(try #require(world.advance(.milliseconds(5_020)).notifies.first))
        #expect(next.isFull)
        #expect(next.resources.map { next.shown($0.uri) } == ["-", "-"])
    }

    @Test func anOverflowAsksForAFullDocument() throws {
        var world = Self.world(queue: 2)
        let list = Self.stand(&world)
        for cSeq in 2...4 as ClosedRange<UInt32> {
            _ = try world.notify(Self.delta(list.backends.at(0), cSeq, "<bob\(cSeq)/>"))
        }
        #expect(world.engine.takeEvents().contains { $0.kind == .deltaOverflow && $0.subject == EngineWorld.bob })
        let actions = world.advance(.seconds(6))
        #expect(actions.subscribes.count == 1)
        #expect(try ListNotify(actions.notifies.at(0)).shown(EngineWorld.bob) == "-")
    }

    @Test func nothingIsLeftOfQueuedDocuments() throws {
        var world = Self.world()
        let list = Self.stand(&world)
        for cSeq in 2...4 as ClosedRange<UInt32> {
            _ = try world.notify(Self.delta(list.backends.at(0), cSeq, "<bob\(cSeq)/>"))
        }
        let end = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag, lines: Self.watcherLines))
        _ = try world.answer(end.notifies.at(0))
        for subscribe in end.subscribes { _ = world.answer(subscribe, 481) }
        #expect(world.drained() == RLSStatistics())
    }

    // MARK: Nested lists

    private static let multipart = ["Content-Type: multipart/related;type=\"application/rlmi+xml\";boundary=x"]

    @Test func nestedListsAreOffUnlessSwitchedOn() throws {  // R4662-114
        for isOn in [false, true] {
            var world = EngineWorld(EngineWorld.configuration { $0.nestedLists = isOn })
            let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob))
            let request = try first.subscribes.at(0).request
            #expect((request.text(.supported) == "eventlist") == isOn)
            let accept = try #require(request.text(.accept))
            #expect(accept.contains("application/pidf+xml"))
            #expect(accept.contains("multipart/related") == isOn)
            #expect(accept.contains("application/rlmi+xml") == isOn)
            let status = world.notify(
                EngineWorld.makeNotify(to: request, body: "--x", lines: Self.multipart)
            ).status
            #expect(status == (isOn ? 200 : 415))
        }
    }

    @Test func aSubListIsPassedOnAndNotReplayed() throws {  // R4662-110, R4662-112, R4662-113
        var world = EngineWorld(EngineWorld.configuration { $0.nestedLists = true })
        let list = world.stand(
            list: EngineWorld.list(EngineWorld.bob),
            bodies: ["--x\r\n\r\n<list/>\r\n--x--"],
            notifyLines: Self.multipart
        )
        let notify = try ListNotify(list.notifies.at(1))
        #expect(notify.text(EngineWorld.bob) == "--x\r\n\r\n<list/>\r\n--x--")
        #expect(notify.parts.values.contains { $0.contentType.hasPrefix("multipart/related;") })
        let actions = world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        #expect(try ListNotify(actions.notifies.at(0)).shown(EngineWorld.bob) == "-")
        #expect(actions.subscribes.count == 1)
    }

    @Test func aLostNotifyAsksForTheSubListAgain() throws {  // R4662-113
        for isNested in [true, false] {
            var world = EngineWorld(EngineWorld.configuration { $0.nestedLists = true })
            let list = world.stand(
                list: EngineWorld.list(EngineWorld.bob),
                bodies: ["--x"],
                notifyLines: isNested ? Self.multipart : []
            )
            let next = try EngineWorld.makeNotify(
                to: list.backends.at(0).request,
                cSeq: 2,
                body: "--y",
                lines: isNested ? Self.multipart : []
            )
            _ = world.notify(next)
            let lost = try world.advance(.seconds(6)).notifies.at(0)
            let actions = world.answer(lost, 500) + world.advance(.seconds(6))
            #expect(actions.subscribes.map { $0.request.text(.cSeq) } == (isNested ? ["2 SUBSCRIBE"] : []))
            #expect(try ListNotify(actions.notifies.at(0)).shown(EngineWorld.bob) == (isNested ? "-" : "active:--y"))
        }
    }
}
