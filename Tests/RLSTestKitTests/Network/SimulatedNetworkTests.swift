// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@Suite("The simulated network")
struct SimulatedNetworkTests {
    private static func request(_ method: SIPMethod) -> SIPRequest {
        var request = SIPRequest(method, uri: "sip:a@example.com")
        request.headers.append(.cSeq, "7 \(method.rawValue)")
        return request
    }

    private static func seconds(_ seconds: UInt64) -> RLSInstant { RLSInstant(nanoseconds: seconds * 1_000_000_000) }

    @Test("R3261-50: eleven sendings, then a time-out after 32 s")
    func anUnansweredRequestIsRepeated() {
        var network = SimulatedNetwork(seed: 1)
        let id = network.send(Self.request(.notify), from: .presence(0), to: .server)
        var arrivals = 0
        while let event = network.next(before: Self.seconds(60)) {
            switch event {
            case .request: arrivals += 1
            case .outcome(let transaction, let outcome, client: let client):
                #expect(transaction == id)
                #expect(outcome == .timeout(lastCSeq: 7))
                #expect(client == .presence(0))
                #expect(network.now == Self.seconds(32))
            case .timer: Issue.record("no timer was set")
            }
        }
        #expect(arrivals == 11, "the server sees every NOTIFY that is repeated")
    }

    @Test("R3261-53: a watcher sees a request once, however often it comes")
    func repeatsAreAbsorbed() {
        var network = SimulatedNetwork(seed: 2)
        network.conditions.duplication = 1
        let request = Self.request(.notify)
        _ = network.send(request, from: .server, to: .watcher(3))
        var arrivals = 0
        var outcomes = 0
        while let event = network.next(before: Self.seconds(60)) {
            switch event {
            case .request(let arrival):
                arrivals += 1
                network.respond(SIPResponse(to: request, 200), to: arrival.transaction)
            case .outcome(_, let outcome, _):
                outcomes += 1
                if case .response(let response) = outcome { #expect(response.statusCode == 200) }
            case .timer: break
            }
        }
        #expect(arrivals == 1)
        #expect(outcomes == 1)
    }

    @Test func nothingReachesANodeThatIsCutOff() {
        var network = SimulatedNetwork(seed: 3)
        network.cutOff = [.server]
        _ = network.send(Self.request(.subscribe), from: .watcher(0), to: .server)
        var outcomes: [RLSTransactionOutcome] = []
        while let event = network.next(before: Self.seconds(60)) {
            if case .outcome(_, let outcome, _) = event { outcomes.append(outcome) } else { Issue.record("\(event)") }
        }
        #expect(outcomes == [.timeout(lastCSeq: 7)])
    }

    @Test func eventsOfOneInstantKeepTheirOrder() {
        var queue = EventQueue<Int>()
        for index in 0..<100 { queue.insert(index, at: Self.seconds(UInt64(index % 3))) }
        var order: [Int] = []
        while let (_, event) = queue.removeFirst() { order.append(event) }
        #expect(order == (0..<3).flatMap { third in (0..<100).filter { $0 % 3 == third } })
    }
}
