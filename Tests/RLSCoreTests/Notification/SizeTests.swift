// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// S-SIZE: a list NOTIFY is as large as its transport carries, and what does not fit follows.
@Suite struct SizeTests {
    private static func members(_ count: Int, nameLength: Int = 0) -> RLSResolvedList {
        RLSResolvedList(
            entries: (0..<count).map { index in
                let uri = "sip:member\(index)@example.org"
                let name = RLSDisplayName(String(repeating: "n", count: nameLength))
                return RLSListEntry(uri: uri, target: try! SIPURI(uri), names: nameLength > 0 ? [name] : [])
            }
        )
    }

    private static func configuration(_ size: Int) -> RLSConfiguration {
        EngineWorld.configuration {
            $0.maxNotifyBodySize = size
            $0.backendBurst = 1_000
            $0.backendRate = 10_000
            $0.backendInFlightPerHop = 1_000
        }
    }

    /// Everything that leaves until nothing is left to say; at most 200 NOTIFYs.
    private static func notifies(
        of world: inout EngineWorld,
        after actions: [RLSAction]
    ) throws -> [(size: Int, notify: ListNotify)] {
        var result: [(size: Int, notify: ListNotify)] = []
        var waiting = actions.notifies
        while !waiting.isEmpty, result.count < 200 {
            #expect(waiting.count == 1, "R6665-51: more than one NOTIFY in flight")
            let outbound = waiting.removeFirst()
            result.append((outbound.request.body.count, try ListNotify(outbound)))
            waiting += world.answer(outbound).notifies
        }
        return result
    }

    @Test(arguments: [(members: 100, name: 0), (members: 300, name: 60)])
    func aLargeListIsSplitIntoAFullNotifyAndPartialOnes(members: Int, name: Int) throws {
        let limit = 20_000
        var world = EngineWorld(Self.configuration(limit))
        let body = String(repeating: "x", count: 1_000)
        let list = world.stand(
            list: Self.members(members, nameLength: name),
            bodies: [String](repeating: body, count: members)
        )
        _ = world.advance(.seconds(6), answering: true)
        let refresh = world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag))
        let sent = try Self.notifies(of: &world, after: refresh)
        #expect(sent.count < members)
        let first = try #require(sent.first?.notify)
        #expect(first.isFull)  // R4662-51
        #expect(first.resources.count == members)  // R4662-54
        #expect(sent.dropFirst().allSatisfy { !$0.notify.isFull && $0.size <= limit && !$0.notify.resources.isEmpty })
        let versions = sent.map { $0.notify.version }
        #expect(versions == (0..<UInt32(versions.count)).map { $0 + (versions.first ?? 0) })  // R4662-64
        // Each body comes once.
        let shown = sent.flatMap { $0.notify.resources.filter { !$0.instances.isEmpty }.map { $0.uri } }
        #expect(shown.count == members)
        #expect(Set(shown).count == members)
    }

    @Test func oneOversizedResourceDoesNotHoldUpTheOthers() throws {
        var world = EngineWorld(Self.configuration(20_000))
        let list = world.stand(
            list: Self.members(3),
            bodies: ["<a/>", String(repeating: "x", count: 30_000), "<c/>"]
        )
        _ = world.engine.takeEvents()
        let sent = try Self.notifies(of: &world, after: world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag)))
        #expect(sent.count == 1)
        let notify = try #require(sent.first?.notify)
        #expect(notify.resources.map { notify.shown($0.uri) } == ["active:<a/>", "-", "active:<c/>"])
        let events = world.engine.takeEvents().filter { $0.kind == .stateTooLarge }
        #expect(events.map { $0.count } == [1])
        // And it comes as soon as it is small again.
        _ = try world.notify(EngineWorld.makeNotify(to: list.backends.at(1).request, cSeq: 2, body: "<b/>"))
        let next = try Self.notifies(of: &world, after: world.advance(.seconds(6)))
        #expect(next.map { $0.notify.shown("sip:member1@example.org") } == ["active:<b/>"])
    }

    @Test func aLongNameDoesNotMakeALoop() throws {
        // The state fits into an empty NOTIFY, but not beside the resource's own names.
        var world = EngineWorld(Self.configuration(6_000))
        let list = world.stand(list: Self.members(1, nameLength: 600), bodies: [String(repeating: "x", count: 2_500)])
        let sent = try Self.notifies(of: &world, after: world.refresh(world.makeSubscribe(cSeq: 2, toTag: list.tag)))
        #expect(sent.count <= 2)
        #expect(sent.contains { $0.notify.instance("sip:member0@example.org") != nil || sent.count == 1 })
    }

    @Test func streamsCarryMore() throws {
        var world = EngineWorld(Self.configuration(5_000))
        let body = String(repeating: "x", count: 2_000)
        let list = world.stand(list: Self.members(4), bodies: [String](repeating: body, count: 4))
        let path = SIPPath(
            transport: .tcp,
            local: .init(host: "192.0.2.1", port: 5060),
            remote: .init(host: "192.0.2.10", port: 40_000),
            flow: 8
        )
        let subscribe = RLSSubscribe(
            world.makeSubscribe(cSeq: 2, toTag: list.tag),
            via: path,
            watcher: nil,
            configuration: world.configuration
        )
        guard case .proceed(let ticket) = world.engine.beginRefresh(subscribe, now: world.now) else {
            Issue.record("refused")
            return
        }
        let actions = world.finish(
            world.engine.prepareRefresh(ticket, subscribe, verdict: .allow, answer: .unchanged, now: world.now)
        )
        let notify = try ListNotify(try #require(actions.notifies.first))
        #expect(notify.resources.allSatisfy { notify.text($0.uri) == body })
        #expect(try actions.notifies.at(0).destination == .flow(path))
        // R3261-20: our Contact follows the watcher to the other transport.
        let contact = "<sip:rls@192.0.2.1:5060;transport=tcp>"
        #expect(try actions.replies.at(0).text(.contact) == contact)
        #expect(try actions.notifies.at(0).request.text(.contact) == contact)
    }

    @Test func theLastNotifyIsOne() throws {
        var world = EngineWorld(Self.configuration(5_000))
        let body = String(repeating: "x", count: 2_000)
        let list = world.stand(list: Self.members(4), bodies: [String](repeating: body, count: 4))
        let actions = world.refresh(world.makeSubscribe(expires: 0, cSeq: 2, toTag: list.tag))
        let sent = try Self.notifies(of: &world, after: actions)
        #expect(sent.count == 1)
        #expect(sent.first?.notify.isFull == true)
        #expect(sent.first?.notify.resources.count == 4)
    }
}
