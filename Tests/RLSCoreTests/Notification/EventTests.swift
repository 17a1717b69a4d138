// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// What the observer is told of a list subscription: each thing once, with what it was about.
@Suite struct EventTests {
    private static let uri = "sip:alice-list@example.org"

    /// The events of list subscriptions since the last look, in short.
    private static func events(_ world: inout EngineWorld) -> [String] {
        world.engine.takeEvents().compactMap { event in
            switch event.kind {
            case .listSubscribed, .listRefreshed: "\(event.kind) \(event.subject)"
            case .listEnded, .notifyFailed: "\(event.kind) \(event.subject) \(event.detail)"
            case .notifySent, .stateTooLarge: "\(event.kind) \(event.subject) \(event.count)"
            default: nil
            }
        }
    }

    @Test func aLifeIsTold() throws {
        var world = EngineWorld()
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        #expect(
            Self.events(&world) == [
                "list_subscribed \(Self.uri)", "notify_sent \(Self.uri) 2", "notify_sent \(Self.uri) 2",
            ]
        )
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<new/>"))
        _ = world.advance(.seconds(6), answering: true)
        #expect(Self.events(&world) == ["notify_sent \(Self.uri) 1"])
        let refresh = world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        _ = try world.answer(refresh.notifies.at(0))
        #expect(Self.events(&world) == ["list_refreshed \(Self.uri)", "notify_sent \(Self.uri) 2"])
        _ = world.refresh(world.makeSubscribe(expires: 0, cSeq: 3, toTag: list.tag))
        #expect(Self.events(&world) == ["list_ended \(Self.uri) timeout", "notify_sent \(Self.uri) 2"])
    }

    enum Failure: String, CaseIterable {
        case refused = "481", kept = "500", timeout, transport, lost = "408"
    }

    @Test(arguments: Failure.allCases) func aFailureIsTold(failure: Failure) throws {
        var world = EngineWorld(EngineWorld.configuration { $0.notifyTimeoutLimit = 1 })
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list())
        _ = Self.events(&world)
        let notify = try first.notifies.at(0)
        let outcome: RLSTransactionOutcome =
            switch failure {
            case .refused, .kept, .lost: .response(SIPResponse(to: notify.request, Int(failure.rawValue) ?? 0))
            case .timeout: .timeout(lastCSeq: 1)
            case .transport: .transportError(lastCSeq: 1)
            }
        _ = world.engine.outcome(outcome, for: notify.transaction, now: world.now)
        let end: [String] =
            switch failure {
            case .refused: ["list_ended \(Self.uri) 481"]
            case .kept: []
            case .timeout, .transport, .lost: ["list_ended \(Self.uri) timeout"]
            }
        // 408 is a time-out that somebody else has seen.
        var told = ["notify_failed \(Self.uri) \(failure.rawValue)"]
        if failure == .lost {
            told.append("notify_failed \(Self.uri) timeout")
        }
        #expect(Self.events(&world) == told + end)
    }

    @Test func anEndIsToldOnce() throws {
        var world = EngineWorld(isPersistent: true)
        let first = world.subscribe(world.makeSubscribe())
        let tag = try #require(first.replies.at(0).toTag.map { String(decoding: $0, as: UTF8.self) })
        let prepared = try world.prepareRefresh(world.makeSubscribe(cSeq: 2, toTag: tag))
        // While the store is asked, the watcher is gone and the server begins to stop.
        _ = try world.answer(first.notifies.at(0), 481)
        _ = world.engine.beginDrain(.endDialogs, now: world.now)
        _ = world.engine.takeEvents()
        let actions = world.engine.confirm(prepared.ticket, now: world.now)
        for subscribe in actions.subscribes { _ = world.answer(subscribe, 481) }
        for notify in actions.notifies { _ = world.answer(notify) }
        _ = world.advance(.seconds(60), answering: true)
        #expect(world.engine.takeEvents().filter { $0.kind == .listEnded }.count == 1)
        #expect(world.engine.statistics == RLSStatistics())
    }
}
