// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

extension RLSServer {
    private enum Start: Sendable {
        case turn(Shard.Turn)
        case wait
    }

    /// A SUBSCRIBE with To tag. While another one of its dialog is being handled, it waits for its turn.
    func refresh(_ subscribe: RLSSubscribe, _ shard: Int) async -> [RLSAction] {
        let turn = await withCheckedContinuation { continuation in
            let start = self.shards.handle(shard) { shard, now -> Start in
                switch shard.engine.beginRefresh(subscribe, now: now) {
                case .answer(let actions):
                    return .turn(.answer(actions))
                case .proceed(let ticket):
                    return .turn(.proceed(ticket))
                case .wait(let dialog):
                    shard.waiters[dialog] = Shard.Waiter(subscribe: subscribe, continuation: continuation)
                    return .wait
                }
            }
            if case .turn(let turn) = start {
                continuation.resume(returning: turn)
            }
        }
        switch turn {
        case .answer(let actions):
            return actions
        case .proceed(let ticket):
            return await self.refresh(subscribe, ticket)
        }
    }

    private func refresh(_ subscribe: RLSSubscribe, _ ticket: RLSDialogTicket) async -> [RLSAction] {
        var opinion = await self.ask(ticket, request: subscribe.request)
        if opinion == nil, ticket.purpose == .unsubscribe {
            // It ends all the same, and shows nothing.
            opinion = Opinion(verdict: nil, answer: .notAsked)
        }
        guard let opinion else {
            let (actions, followUp) = self.shards.handle(ticket.dialog.shardIndex) { shard, now in
                let actions = shard.engine.release(ticket, subscribe, status: 503, now: now)
                return (actions, shard.handlingEnded(of: ticket.dialog, now: now))
            }
            self.shards.follow(followUp)
            return actions
        }
        let next = self.shards.handleRecords(ticket.dialog.shardIndex) { shard, now in
            self.continuation(
                shard.engine.prepareRefresh(
                    ticket,
                    subscribe,
                    verdict: opinion.verdict,
                    answer: opinion.answer,
                    now: now
                ),
                of: ticket.dialog,
                // A dialog that holds no list may be one that was not woken yet.
                mustStore: ticket.known == nil,
                &shard,
                now
            )
        }
        return await self.finish(next)
    }

    /// What the plugs say of a dialog.
    struct Opinion: Sendable {
        /// nil when it was not asked for, or when the list was not found and there was nothing to ask about.
        var verdict: RLSAuthorization?
        var answer: RLSListAnswer
    }

    /// Asks the plugs as a ticket says: finds the service if need be, then the verdict, then the list.
    ///
    /// - Parameter request: nil when no SUBSCRIBE brings the question about.
    /// - Returns: nil when the authoriser did not answer in time.
    func ask(_ ticket: RLSDialogTicket, request: SIPRequest?) async -> Opinion? {
        let service: RLSListService
        if let known = ticket.service {
            service = known
        } else {
            switch await self.findService(uri: ticket.uri, event: ticket.event, watcher: ticket.watcher) {
            case .found(let found?): service = found
            case .found(nil): return Opinion(verdict: nil, answer: .gone)
            case .failed(_, let retryAfter): return Opinion(verdict: nil, answer: .failed(retryAfter: retryAfter))
            }
        }
        var verdict: RLSAuthorization?
        if ticket.needsVerdict {
            verdict = await self.authorize(
                service,
                watcher: ticket.watcher,
                event: ticket.event,
                request: request
            )
            guard let verdict else { return nil }
            // Who may not see the list needs none.
            guard verdict == .allow else { return Opinion(verdict: verdict, answer: .notAsked) }
        }
        guard ticket.needsList else { return Opinion(verdict: verdict, answer: .notAsked) }
        switch await self.resolve(service, known: ticket.known) {
        case .found(.list(let list)): return Opinion(verdict: verdict, answer: .list(service, list))
        case .found(.unchanged): return Opinion(verdict: verdict, answer: .unchanged)
        case .found(.gone): return Opinion(verdict: verdict, answer: .gone)
        case .failed(_, let retryAfter): return Opinion(verdict: verdict, answer: .failed(retryAfter: retryAfter))
        }
    }
}
