// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// Lists that change while they are subscribed to (B17).
@Suite struct MembershipTests {
    private static let dora = "sip:dora@example.org"

    @Test func aChangedListIsToldWithFullStateAtOnce() throws {  // R4662-56
        var world = EngineWorld()
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        let actions = world.change(to: EngineWorld.list(Self.dora, EngineWorld.claire))
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.isFull)
        #expect(notify.resources.map { $0.uri } == [Self.dora, EngineWorld.claire])
        #expect(notify.shown(Self.dora) == "-")
        #expect(notify.shown(EngineWorld.claire) == "active:<claire/>")
        let targets = actions.subscribes.map { String(decoding: $0.request.requestURI, as: UTF8.self) }
        #expect(Set(targets) == ["sip:pa@192.0.2.20", Self.dora])
        let end = try #require(actions.subscribes.first { $0.request.text(.expires) == "0" })  // R6665-75
        #expect(try end.request.text(.callID) == list.backends.at(0).request.text(.callID))
        #expect(end.request.text(.to) == "<\(EngineWorld.bob)>;tag=pa")
    }

    @Test func namesAndOrderAreChangesToo() throws {
        var world = EngineWorld()
        _ = world.stand(bodies: ["<bob/>", "<claire/>"])
        var list = EngineWorld.list(EngineWorld.claire, EngineWorld.bob)
        let reordered = world.change(to: list)
        #expect(reordered.subscribes.isEmpty)
        let first = try ListNotify(try #require(reordered.notifies.first))
        #expect(first.resources.map { $0.uri } == [EngineWorld.claire, EngineWorld.bob])
        #expect(first.shown(EngineWorld.bob) == "active:<bob/>")
        _ = try world.answer(reordered.notifies.at(0))
        list.entries[0].names = [RLSDisplayName("Claire", language: "fr")]
        list.names = [RLSDisplayName("Friends")]
        let renamed = world.change(to: list)
        let second = try ListNotify(try #require(renamed.notifies.first))
        #expect(second.names == [.init(text: "Friends", language: nil)])  // R4662-71
        #expect(second[EngineWorld.claire]?.names == [.init(text: "Claire", language: "fr")])
        _ = try world.answer(renamed.notifies.at(0))
        #expect(world.change(to: list).isEmpty, "nothing changed")
        #expect(world.recheck().isEmpty, "nothing changed")
    }

    @Test func afterAnotherOrderEachStateIsShownForItsOwnMember() throws {  // DESIGN.md §6
        var world = EngineWorld()
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        let reordered = world.change(to: EngineWorld.list(EngineWorld.claire, EngineWorld.bob))
        _ = try world.answer(reordered.notifies.at(0))
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(0).request, cSeq: 2, body: "<new/>"))
        let notify = try ListNotify(world.advance(.seconds(6)).notifies.at(0))
        #expect(notify.resources.map { $0.uri } == [EngineWorld.bob])
        #expect(notify.shown(EngineWorld.bob) == "active:<new/>")
    }

    @Test func aChangeWaitsForTheNotifyInFlight() throws {  // R6665-51
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe())
        let change = world.change(to: EngineWorld.list(EngineWorld.bob))
        #expect(change.notifies.isEmpty)
        let next = try world.answer(first.notifies.at(0))
        #expect(try ListNotify(try #require(next.notifies.first)).resources.map { $0.uri } == [EngineWorld.bob])
    }

    @Test func aGoneServiceEndsTheSubscription() throws {
        var world = EngineWorld()
        let list = world.stand()
        let refresh = world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag), answer: .gone)
        #expect(refresh.status == 200)
        #expect(try ListNotify(try #require(refresh.notifies.first)).state == "terminated;reason=noresource")
        var other = EngineWorld()
        _ = other.stand()
        let recheck = other.recheck(answer: .gone)
        #expect(try ListNotify(try #require(recheck.notifies.first)).state == "terminated;reason=noresource")
    }

    @Test func aResolverThatFailsLeavesTheListStanding() throws {
        var world = EngineWorld()
        let list = world.stand(bodies: ["<bob/>", "<claire/>"])
        let actions = world.refresh(
            world.makeSubscribe(cSeq: 2, toTag: list.tag),
            answer: .failed(retryAfter: .seconds(5))
        )
        #expect(actions.status == 200)
        #expect(try ListNotify(try #require(actions.notifies.first)).shown(EngineWorld.bob) == "active:<bob/>")
        #expect(world.recheck(answer: .failed(retryAfter: nil)).isEmpty)
    }

    @Test func aRemovedEntryNeverTouchesAnotherList() throws {
        // The removed row was dirty; its slot is used again by another list before the NOTIFY leaves.
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list(EngineWorld.bob, EngineWorld.claire))
        for subscribe in first.subscribes {
            _ = world.answer(subscribe, 403)
        }
        // Both rows are terminated and dirty, and the first NOTIFY is still in flight. Both leave, and are free.
        #expect(world.change(to: EngineWorld.list(Self.dora)).notifies.isEmpty)
        let other = world.subscribe(
            world.makeSubscribe(callID: "call-2"),
            list: EngineWorld.list("sip:x1@example.org", "sip:x2@example.org", "sip:x3@example.org")
        )
        _ = try world.answer(other.notifies.at(0))
        for subscribe in other.subscribes.prefix(2) {
            #expect(world.notify(EngineWorld.makeNotify(to: subscribe.request, body: "<x/>")).status == 200)
        }
        let next = try ListNotify(try #require(world.answer(first.notifies.at(0)).notifies.first))
        #expect(next.resources.map { $0.uri } == [Self.dora])
        // A second change of the same resource must not be shown twice.
        for subscribe in other.subscribes.prefix(2) {
            #expect(world.notify(EngineWorld.makeNotify(to: subscribe.request, cSeq: 2, body: "<y/>")).status == 200)
        }
        let last = try other.subscribes.at(2)
        let partial = try #require(world.answer(last, 403).notifies.first)
        #expect(try ListNotify(partial).resources.count == 3)
    }

    @Test func aDuplicateOfTheResolverIsServedOnce() throws {  // R4826-51
        var world = EngineWorld()
        let first = world.subscribe(
            world.makeSubscribe(),
            list: EngineWorld.list(EngineWorld.bob, EngineWorld.claire, EngineWorld.bob)
        )
        #expect(try ListNotify(first.notifies.at(0)).resources.map { $0.uri } == [EngineWorld.bob, EngineWorld.claire])
        #expect(first.subscribes.count == 2)
    }

    @Test func entriesThatDifferOnlyByURIRulesStayTwoRows() throws {  // R4826-65
        var world = EngineWorld()
        let first = world.subscribe(
            world.makeSubscribe(),
            list: EngineWorld.list("sip:bob@example.org", "sip:bob@EXAMPLE.org")
        )
        #expect(try ListNotify(first.notifies.at(0)).resources.count == 2)
        #expect(first.subscribes.count == 2)
    }

    @Test func aListThatContainsItselfDoesNotSubscribeToItself() throws {  // R4662-116, S-LOOP
        var world = EngineWorld()
        let first = world.subscribe(
            world.makeSubscribe(),
            list: EngineWorld.list("sip:alice-list@EXAMPLE.org", EngineWorld.bob)
        )
        #expect(first.subscribes.count == 1)
        #expect(
            try ListNotify(first.notifies.at(0)).shown("sip:alice-list@EXAMPLE.org") == "terminated/noresource"
        )
    }

    @Test func anEmptyListIsServed() throws {  // R4826-63, R4662-83
        var world = EngineWorld()
        let first = world.subscribe(world.makeSubscribe(), list: EngineWorld.list())
        let notify = try ListNotify(first.notifies.at(0))
        #expect(notify.isFull && notify.resources.isEmpty && notify.parts.count == 1)
    }

    @Test func listChangesAreFoundByDocumentAndOwner() throws {
        var world = EngineWorld()
        _ = world.stand()
        let key = "rls-services/users/sip:alice@example.org/index"
        #expect(world.engine.dialogs(affectedBy: .documents([key]), now: world.now).count == 1)
        #expect(world.engine.dialogs(affectedBy: .documents(["other"]), now: world.now).isEmpty)
        let alice = try SIPURI("sip:alice@EXAMPLE.org")
        #expect(world.engine.dialogs(affectedBy: .owner(alice), now: world.now).count == 1)
        let bob = try SIPURI("sip:bob@example.org")
        #expect(world.engine.dialogs(affectedBy: .owner(bob), now: world.now).isEmpty)
    }

    @Test func aChangeDuringARefreshIsLookedAtAfterwards() throws {
        var world = EngineWorld()
        let list = world.stand()
        let prepared = try world.prepareRefresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        #expect(world.engine.dialogs(affectedBy: .everything, now: world.now).isEmpty)
        _ = world.engine.confirm(prepared.ticket, now: world.now)
        #expect(world.engine.dialogsToRecheck().count == 1)
        #expect(world.engine.dialogsToRecheck().isEmpty)
    }

    @Test(arguments: [true, false]) func tooManyEntries(isStrict: Bool) throws {
        var world = EngineWorld(
            EngineWorld.configuration {
                $0.maxEntriesPerList = 1
                $0.entryLimitPolicy = isStrict ? .strict : .partial
            }
        )
        let first = world.subscribe(world.makeSubscribe())
        guard !isStrict else {
            #expect(first.status == 403)
            #expect(first.requests.isEmpty)
            return
        }
        #expect(try ListNotify(first.notifies.at(0)).resources.map { $0.uri } == [EngineWorld.bob])
        #expect(world.engine.takeEvents().contains { $0.kind == .listTruncated && $0.count == 1 })
    }

    @Test("a list that has grown past a limit does not end the subscription at its refresh", arguments: [true, false])
    func aGrownListIsShownAsFarAsItMay(_ isStrict: Bool) throws {
        var world = EngineWorld(
            EngineWorld.configuration {
                $0.maxEntriesPerList = isStrict ? 2 : 500
                $0.entryLimitPolicy = .strict
                $0.maxBackends = isStrict ? 100 : 2
            }
        )
        let standing = world.stand()
        let grown = EngineWorld.list(EngineWorld.bob, EngineWorld.claire, "sip:dave@example.org")
        let refresh = world.makeSubscribe(cSeq: 2, toTag: standing.tag)
        let actions = world.refresh(refresh, answer: .list(EngineWorld.service, grown))
        #expect(actions.status == 200)
        let shown = try ListNotify(actions.notifies.at(0)).resources.map { $0.uri }
        #expect(shown == Array(grown.entries.map { $0.uri }.prefix(isStrict ? 2 : 3)))
        #expect(world.engine.takeEvents().contains { $0.kind == .listTruncated } == isStrict)
    }
}
