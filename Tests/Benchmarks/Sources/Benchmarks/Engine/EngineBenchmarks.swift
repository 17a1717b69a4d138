// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// The engine alone: parsed messages in, actions out.
struct EngineBenchmarks {
    let recorder: Recorder

    func run() {
        self.backendNotify("engine: back-end NOTIFY, 10 thousand", lists: 500)
        for entries in [20, 200] {
            self.aggregatedNotify("engine: aggregated NOTIFY of \(entries)", entries: entries)
        }
        self.perEntry(
            "engine: one entry of an aggregated NOTIFY",
            from: ("engine: aggregated NOTIFY of 20", 20),
            to: ("engine: aggregated NOTIFY of 200", 200)
        )
        for entries in [20, 200] {
            self.listSubscribe("engine: SUBSCRIBE of \(entries)", entries: entries)
        }
        self.backendSubscription()
        self.timerTick()
    }

    /// NOTIFYs with new bodies for resources all over the tables; 500 of them fit into the cache, the rows do not.
    func backendNotify(_ name: String, lists: Int) {
        guard self.recorder.wants(name) else { return }
        let world = ListWorld(lists: lists, entries: 20)
        world.ramp(0..<lists)
        self.backendNotify(name, in: world, resources: lists * 20)
    }

    func backendNotify(_ name: String, in world: ListWorld, resources: Int) {
        var random = SplitMix(state: 1)
        self.recorder.measure(
            name,
            operations: 500,
            rounds: 101,
            prepare: { _ in
                // Without an open window each NOTIFY would also begin one.
                world.advance(.seconds(6))
                return (0..<500).map { _ in
                    world.presence.makeNotify(Int(random.next() % UInt64(resources)), bodySize: 400)
                }
            },
            run: { requests in
                for request in requests {
                    guard world.notify(request).count == 1 else { preconditionFailure("a reply and nothing else") }
                }
            }
        )
    }

    /// The end of a window in which every entry of the list has changed.
    private func aggregatedNotify(_ name: String, entries: Int) {
        guard self.recorder.wants(name, "engine: one entry of an aggregated NOTIFY") else { return }
        let lists = 50
        let world = ListWorld(lists: lists, entries: entries)
        world.ramp(0..<lists)
        self.recorder.measure(
            name,
            operations: lists,
            prepare: { _ -> [RLSAction] in
                world.advance(.seconds(6))
                for resource in 0..<lists * entries {
                    _ = world.notify(world.presence.makeNotify(resource, bodySize: 400))
                }
                world.now = world.now.advanced(by: .seconds(6))
                return []
            },
            run: { actions in actions = world.engine.handleTimeout(now: world.now) },
            finish: { actions in
                precondition(actions.count == lists, "\(actions.count) NOTIFYs")
                world.serve(actions)
            }
        )
    }

    private func perEntry(_ name: String, from: (name: String, entries: Int), to: (name: String, entries: Int)) {
        guard
            let small = self.recorder.measurement(from.name), let large = self.recorder.measurement(to.name),
            !self.recorder.isSingle
        else { return }
        let entries = Double(to.entries - from.entries)
        self.recorder.add(
            Measurement(
                name: name,
                nanoseconds: (large.nanoseconds - small.nanoseconds) / entries,
                wallNanoseconds: (large.wallNanoseconds - small.wallNanoseconds) / entries,
                allocations: (large.allocations - small.allocations) / entries,
                operations: large.operations
            )
        )
    }

    /// From the SUBSCRIBE to its 200, its full NOTIFY and the last back-end SUBSCRIBE.
    private func listSubscribe(_ name: String, entries: Int) {
        guard self.recorder.wants(name) else { return }
        let perRound = 20
        let world = ListWorld(lists: 60 * perRound, entries: entries)
        var number = 0
        self.recorder.measure(
            name,
            operations: perRound,
            prepare: { _ -> (requests: [(SIPRequest, RLSResolvedList)], actions: [RLSAction]) in
                defer { number += perRound }
                let requests = (number..<number + perRound).map {
                    (ListWorld.makeSubscribe($0), ListWorld.list($0, entries: entries))
                }
                var actions: [RLSAction] = []
                actions.reserveCapacity(perRound * (entries + 2))
                return (requests, actions)
            },
            run: { input in
                for (request, list) in input.requests {
                    input.actions += world.subscribe(request, list)
                    while input.actions.count % (entries + 2) != 0 {
                        input.actions += world.engine.handleTimeout(now: world.now)
                    }
                }
            },
            finish: { input in
                world.serve(input.actions)
                world.advance(.seconds(1))
            }
        )
    }

    /// What a back-end subscription costs besides the SUBSCRIBE: its 200 and its first NOTIFY.
    private func backendSubscription() {
        let names = ["engine: 200 of a back-end SUBSCRIBE", "engine: first back-end NOTIFY"]
        guard self.recorder.wants(names[0], names[1]) else { return }
        for name in names {
            let perRound = 25
            let world = ListWorld(lists: 60 * perRound, entries: 20)
            var number = 0
            self.recorder.measure(
                name,
                operations: perRound * 20,
                prepare: { _ -> (answers: [(RLSOutboundRequest, SIPResponse)], notifies: [SIPRequest]) in
                    world.advance(.seconds(1))
                    var subscribes: [RLSOutboundRequest] = []
                    for list in number..<number + perRound {
                        let actions = world.subscribe(ListWorld.makeSubscribe(list), ListWorld.list(list, entries: 20))
                        for case .sendRequest(let outbound) in actions {
                            if outbound.request.method == .subscribe {
                                subscribes.append(outbound)
                            } else {
                                world.serve([.sendRequest(outbound)])
                            }
                        }
                    }
                    number += perRound
                    precondition(subscribes.count == perRound * 20)
                    let notifies = subscribes.map {
                        world.presence.makeNotify(world.presence.take($0.request), bodySize: 400)
                    }
                    let answers = subscribes.map { ($0, PresenceServer.answer(to: $0.request)) }
                    guard name == names[1] else { return (answers, notifies) }
                    for (outbound, response) in answers {
                        _ = world.finish(outbound, response)
                    }
                    return ([], notifies)
                },
                run: { input in
                    if name == names[0] {
                        for (outbound, response) in input.answers {
                            _ = world.finish(outbound, response)
                        }
                    } else {
                        for request in input.notifies {
                            _ = world.notify(request)
                        }
                    }
                },
                finish: { input in
                    guard name == names[0] else { return }
                    for request in input.notifies {
                        world.serve(world.notify(request))
                    }
                }
            )
        }
    }

    /// A tick with a hundred thousand timers set and none due.
    private func timerTick() {
        let name = "engine: timer tick with nothing due"
        guard self.recorder.wants(name) else { return }
        let world = ListWorld(lists: 5_000, entries: 20, bodySize: 0)
        world.ramp(0..<5_000)
        self.recorder.measure(
            name,
            operations: 1_000,
            prepare: { _ in },
            run: { _ in
                for _ in 0..<1_000 {
                    world.now = world.now.advanced(by: .microseconds(10))
                    _ = world.engine.handleTimeout(now: world.now)
                    _ = world.engine.nextDeadline
                }
            }
        )
    }
}

/// A generator for picking rows.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
