// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// A list subscription that stands, as the tests need it.
struct StandingList {
    /// Our tag.
    var tag: String
    /// The back-end SUBSCRIBEs, in list order.
    var backends: [RLSOutboundRequest]
    /// The NOTIFYs so far.
    var notifies: [RLSOutboundRequest]
}

extension EngineWorld {
    static let bob = "sip:bob@example.org"
    static let claire = "sip:claire@example.org"

    /// A list subscription whose back-ends have all answered; `bodies` in list order, "" for none.
    mutating func stand(
        _ request: SIPRequest? = nil,
        list: RLSResolvedList = EngineWorld.list(EngineWorld.bob, EngineWorld.claire),
        bodies: [String]? = nil,
        granted: UInt32 = 600,
        notifyLines: [String] = []
    ) -> StandingList {
        let first = self.subscribe(request ?? self.makeSubscribe(), list: list)
        var standing = StandingList(
            tag: first.replies.first?.toTag.map { String(decoding: $0, as: UTF8.self) } ?? "",
            backends: [],
            notifies: []
        )
        standing.backends = self.serve(first, bodies: bodies, granted: granted, lines: notifyLines, &standing.notifies)
        return standing
    }

    /// Answers NOTIFYs and back-end SUBSCRIBEs, and has each presence server send a first NOTIFY.
    ///
    /// - Returns: the back-end SUBSCRIBEs.
    mutating func serve(
        _ actions: [RLSAction],
        bodies: [String]? = nil,
        granted: UInt32 = 600,
        lines: [String] = [],
        _ notifies: inout [RLSOutboundRequest]
    ) -> [RLSOutboundRequest] {
        var waiting = actions.requests
        var subscribes: [RLSOutboundRequest] = []
        while !waiting.isEmpty {
            let outbound = waiting.removeFirst()
            if outbound.request.method == .notify {
                notifies.append(outbound)
                waiting += self.answer(outbound).requests
                continue
            }
            let index = subscribes.count
            subscribes.append(outbound)
            waiting += self.answer(outbound, lines: [(.expires, String(granted))]).requests
            let body = bodies.map { index < $0.count ? $0[index] : "" } ?? "<p n='\(index)'/>"
            waiting +=
                self.notify(
                    Self.makeNotify(
                        to: outbound.request,
                        state: "active;expires=\(granted)",
                        body: body,
                        lines: lines
                    )
                ).requests
        }
        return subscribes
    }

    /// Lets time pass until a back-end SUBSCRIBE leaves; NOTIFYs are answered 200.
    mutating func nextSubscribe(within duration: Duration) -> RLSOutboundRequest? {
        let end = self.now.advanced(by: duration)
        while let deadline = self.engine.nextDeadline, deadline <= end {
            self.now = max(self.now, deadline)
            var due = self.engine.handleTimeout(now: self.now)
            if let subscribe = due.subscribes.first { return subscribe }
            while !due.notifies.isEmpty {
                due = due.notifies.flatMap { self.answer($0) }
            }
        }
        return nil
    }

    /// The next back-end SUBSCRIBE, which must come.
    mutating func backendRefresh(within duration: Duration = .seconds(580)) throws -> RLSOutboundRequest {
        guard let subscribe = self.nextSubscribe(within: duration) else {
            throw ListNotify.Failure(description: "no back-end SUBSCRIBE")
        }
        return subscribe
    }

    /// The steps of an initial SUBSCRIBE up to the point where the store is asked.
    mutating func prepare(
        _ request: SIPRequest,
        list: RLSResolvedList = EngineWorld.list(EngineWorld.bob, EngineWorld.claire),
        verdict: RLSAuthorization = .allow
    ) throws -> (ticket: RLSCommitTicket, changes: [RLSRecordChange]) {
        let subscribe = self.read(request)
        guard case .proceed = self.engine.admit(subscribe, service: Self.service, now: self.now) else {
            throw ListNotify.Failure(description: "not admitted")
        }
        let preparation = self.engine.prepare(
            subscribe,
            service: Self.service,
            verdict: verdict,
            list: verdict == .allow ? list : nil,
            now: self.now
        )
        guard case .commit(let ticket, let changes) = preparation else {
            throw ListNotify.Failure(description: "nothing to commit: \(preparation)")
        }
        return (ticket, changes)
    }

    /// The steps of a refresh up to the point where the store is asked.
    mutating func prepareRefresh(
        _ request: SIPRequest,
        verdict: RLSAuthorization = .allow,
        answer: RLSListAnswer = .unchanged
    ) throws -> (ticket: RLSCommitTicket, changes: [RLSRecordChange]) {
        let subscribe = self.read(request)
        guard case .proceed(let ticket) = self.engine.beginRefresh(subscribe, now: self.now) else {
            throw ListNotify.Failure(description: "the refresh does not proceed")
        }
        let preparation = self.engine.prepareRefresh(
            ticket,
            subscribe,
            verdict: ticket.needsVerdict ? verdict : nil,
            answer: ticket.needsList ? answer : .notAsked,
            now: self.now
        )
        guard case .commit(let commit, let changes) = preparation else {
            throw ListNotify.Failure(description: "nothing to commit: \(preparation)")
        }
        return (commit, changes)
    }

    /// The resolver delivers another list for all dialogs.
    mutating func change(
        to list: RLSResolvedList,
        verdict: RLSAuthorization = .allow
    ) -> [RLSAction] {
        self.recheck(verdict: verdict, answer: .list(Self.service, list))
    }

    mutating func recheck(verdict: RLSAuthorization = .allow, answer: RLSListAnswer = .unchanged) -> [RLSAction] {
        var actions: [RLSAction] = []
        for ticket in self.engine.dialogs(affectedBy: .everything, now: self.now) {
            actions += self.finish(
                self.engine.prepareRecheck(ticket, verdict: verdict, answer: answer, now: self.now)
            )
        }
        return actions
    }

    /// Nothing may be left of anything.
    mutating func drained(after duration: Duration = .seconds(60)) -> RLSStatistics {
        _ = self.advance(duration, answering: true)
        return self.engine.statistics
    }
}
