// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// Deltas that were dropped leave a gap, which the watcher is told of (R4662-58).
@Suite struct DeltaResetTests {
    private static let watcherLines = [
        "Event: dialog", "Accept: application/dialog-info+xml, application/rlmi+xml, multipart/related",
    ]
    private static let serverLines = ["Event: dialog", "Content-Type: application/dialog-info+xml"]

    private static func delta(_ backend: RLSOutboundRequest, _ cSeq: UInt32, _ body: String) -> SIPRequest {
        EngineWorld.makeNotify(to: backend.request, cSeq: cSeq, body: body, lines: Self.serverLines)
    }

    /// What the NOTIFYs show of bob, each answered before the next one comes.
    private static func shown(by first: [RLSOutboundRequest], _ world: inout EngineWorld) throws -> [String?] {
        var notifies = first
        var shown: [String?] = []
        while let next = notifies.first {
            shown.append(try ListNotify(next).shown(EngineWorld.bob))
            notifies = world.answer(next).notifies
        }
        return shown
    }

    @Test("R4662-58: after a failure no delta is shown as if it followed the last one seen")
    func theGapIsShown() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.eventPackages = [.dialog] })
        let list = world.stand(
            world.makeSubscribe(lines: Self.watcherLines),
            list: EngineWorld.list(EngineWorld.bob),
            bodies: ["<full/>"],
            notifyLines: Self.serverLines
        )
        _ = world.notify(Self.delta(list.backends[0], 2, "<delta2/>"))
        let lost = try #require(world.advance(.seconds(6)).notifies.first)
        #expect(try ListNotify(lost).shown(EngineWorld.bob) == "active:<delta2/>")
        // The queue is dropped. What comes before the full document that is asked for is a delta still.
        _ = world.answer(lost, 500)
        _ = world.notify(Self.delta(list.backends[0], 3, "<delta3/>"))
        _ = world.notify(Self.delta(list.backends[0], 4, "<full4/>"))
        let shown = try Self.shown(by: world.advance(.seconds(6)).notifies, &world)
        #expect(shown == ["-", "active:<delta3/>", "active:<full4/>"])
    }

    @Test("R4662-58: a full queue is dropped, and the watcher sees that")
    func anOverflowIsShown() throws {
        var world = EngineWorld(
            EngineWorld.configuration {
                $0.eventPackages = [.dialog]
                $0.maxQueuedDeltas = 2
            }
        )
        let list = world.stand(
            world.makeSubscribe(lines: Self.watcherLines),
            list: EngineWorld.list(EngineWorld.bob),
            bodies: ["<full/>"],
            notifyLines: Self.serverLines
        )
        for cSeq in 2...5 as ClosedRange<UInt32> {
            _ = world.notify(Self.delta(list.backends[0], cSeq, "<delta\(cSeq)/>"))
        }
        let shown = try Self.shown(by: world.advance(.seconds(6)).notifies, &world)
        #expect(shown == ["-", "active:<delta5/>"])
    }

    @Test("S-SIZE: a document that fits into no NOTIFY is reported once, and holds up none that come after it")
    func oneThatIsTooLargeIsDropped() throws {
        var world = EngineWorld(
            EngineWorld.configuration {
                $0.eventPackages = [.dialog]
                $0.maxNotifyBodySize = 2_000
            }
        )
        let list = world.stand(
            world.makeSubscribe(lines: Self.watcherLines),
            list: EngineWorld.list(EngineWorld.bob),
            bodies: ["<full/>"],
            notifyLines: Self.serverLines
        )
        _ = world.engine.takeEvents()
        _ = world.notify(Self.delta(list.backends[0], 2, String(repeating: "x", count: 3_000)))
        let first = try #require(world.advance(.seconds(6)).notifies.first)
        #expect(try ListNotify(first).shown(EngineWorld.bob) == "-")
        #expect(world.engine.takeEvents().filter { $0.kind == .stateTooLarge }.map(\.count) == [1])
        #expect(world.answer(first).isEmpty)
        _ = world.notify(Self.delta(list.backends[0], 3, "<full3/>"))
        let next = try #require(world.advance(.seconds(6)).notifies.first)
        #expect(try ListNotify(next).shown(EngineWorld.bob) == "active:<full3/>")
        #expect(!world.engine.takeEvents().contains { $0.kind == .stateTooLarge })
    }

    @Test("R4662-58: a refresh that is open when full documents are wanted is followed by another one")
    func theOpenRefreshWasTooEarly() throws {
        var world = EngineWorld(EngineWorld.configuration { $0.eventPackages = [.dialog] })
        let list = world.stand(
            world.makeSubscribe(expires: 7000, lines: Self.watcherLines),
            list: EngineWorld.list(EngineWorld.bob),
            bodies: ["<full/>"],
            notifyLines: Self.serverLines
        )
        let refresh = try world.backendRefresh()
        let lines = Self.watcherLines
        let own = world.refresh(world.makeSubscribe(expires: 7000, cSeq: 2, toTag: list.tag, lines: lines))
        #expect(own.subscribes.isEmpty)
        _ = try world.answer(own.notifies.at(0))
        // What the presence server sends may be a delta to what it knows the watcher to have.
        var next = world.answer(refresh, lines: [(.expires, "600")]).subscribes
        next += world.notify(Self.delta(refresh, 2, "<delta/>")).subscribes
        next += world.advance(.milliseconds(20), answering: true).subscribes
        #expect(next.map { $0.request.text(.cSeq) } == ["3 SUBSCRIBE"])
        _ = try world.answer(next.at(0), lines: [(.expires, "600")])
        _ = try world.notify(Self.delta(next.at(0), 3, "<full3/>"))
        #expect(world.advance(.seconds(60), answering: true).subscribes.isEmpty, "one is enough")
    }
}
