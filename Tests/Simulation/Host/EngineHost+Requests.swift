// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

extension EngineHost {
    func receive(_ arrival: SimulatedNetwork.Arrival, via path: SIPPath) {
        let request = arrival.request
        if request.method == .notify {
            switch RLSEngine.route(notify: request, configuration: self.configuration, shardCount: self.shards.count) {
            case .answer(let actions):
                self.world.execute(actions, answering: arrival.transaction)
            case .shard(let index):
                self.call(self.shards[index], transaction: arrival.transaction) {
                    $0.notifyReceived(request, via: path, now: self.world.now)
                }
            }
            return
        }
        let subscribe = RLSSubscribe(request, via: path, watcher: nil, configuration: self.configuration)
        switch RLSEngine.route(subscribe: request, configuration: self.configuration, shardCount: self.shards.count) {
        case .answer(let actions):
            self.world.execute(actions, answering: arrival.transaction)
        case .inDialog(let shard):
            // An orderly end that keeps dialogs leaves them as they are.
            guard self.stopping != .keepDialogs else { return self.refuse(subscribe, arrival.transaction, 503) }
            self.begin(subscribe, transaction: arrival.transaction, shard: shard)
        case .initial(let shard):
            self.admit(subscribe, arrival.transaction, shard)
        }
    }

    private func admit(_ subscribe: RLSSubscribe, _ transaction: Int, _ index: Int) {
        guard self.stopping == nil, !self.world.resolver.isDown else {
            return self.refuse(subscribe, transaction, 503)
        }
        guard let uri = subscribe.uri, let service = self.world.service(uri.text) else {
            return self.world.execute([.toPresenceCode(10)], answering: transaction)
        }
        switch self.shards[index].engine.admit(subscribe, service: service, now: self.world.now) {
        case .refuse(let actions): self.world.execute(actions, answering: transaction)
        case .proceed:
            self.later(
                .authorized(subscribe, transaction: transaction, shard: index, service),
                in: self.world.plugDelay()
            )
        }
    }

    private func refuse(_ subscribe: RLSSubscribe, _ transaction: Int, _ status: Int) {
        let actions = RLSEngine.refusal(
            subscribe.request,
            status: status,
            retryAfter: 5,
            configuration: self.configuration
        )
        self.world.execute(actions, answering: transaction)
    }

    func perform(_ step: Step) {
        switch step {
        case .authorized(let subscribe, let transaction, let index, let service):
            let verdict = self.world.verdict(service.uri)
            let admitted = self.shards[index].engine.admitAuthorized(
                subscribe,
                service: service,
                verdict: verdict,
                now: self.world.now
            )
            switch admitted {
            case .refuse(let actions): self.world.execute(actions, answering: transaction)
            case .acceptWithoutList: self.prepare(subscribe, transaction, index, service, verdict, nil)
            case .resolve:
                self.later(
                    .resolved(subscribe, transaction: transaction, shard: index, service, verdict),
                    in: self.world.plugDelay()
                )
            }
        case .resolved(let subscribe, let transaction, let index, let service, let verdict):
            guard !self.world.resolver.isDown else { return self.refuse(subscribe, transaction, 503) }
            guard case .list(let list) = self.world.resolve(service.uri, known: nil) else {
                return self.world.execute([.toPresenceCode(10)], answering: transaction)
            }
            self.prepare(subscribe, transaction, index, service, verdict, list)
        case .refreshAsked(let subscribe, let transaction, let ticket):
            let (verdict, answer) = self.ask(ticket)
            self.finish(transaction, ticket) { engine in
                engine.prepareRefresh(ticket, subscribe, verdict: verdict, answer: answer, now: self.world.now)
            }
        case .recheckAsked(let ticket):
            guard self.stopping == nil else { return }
            let (verdict, answer) = self.ask(ticket)
            self.finish(nil, ticket) { engine in
                engine.prepareRecheck(ticket, verdict: verdict ?? .allow, answer: answer, now: self.world.now)
            }
        case .storeDone(let job): self.storeDone(job)
        case .commitTimeout(let job): self.giveUp(job)
        case .flush(let all): self.flush(all: all)
        case .clean:
            self.world.store.clean(epochSeconds: self.world.epochSeconds)
            self.later(.clean, in: 100_000)
        case .wake:
            for shard in self.shards {
                for ticket in shard.engine.dormantDialogs(limit: 10, now: self.world.now) {
                    self.later(.recheckAsked(ticket), in: self.world.plugDelay())
                }
            }
            if self.hasDormant { self.later(.wake, in: 250) }
        }
    }

    /// What the plugs say of a dialog.
    private func ask(_ ticket: RLSDialogTicket) -> (RLSAuthorization?, RLSListAnswer) {
        if ticket.service == nil, self.world.resolver.isDown { return (nil, .failed(retryAfter: nil)) }
        guard let service = ticket.service ?? self.world.service(ticket.uri.text) else { return (nil, .gone) }
        let verdict = ticket.needsVerdict ? self.world.verdict(service.uri) : nil
        if let verdict, verdict != .allow { return (verdict, .notAsked) }
        guard ticket.needsList else { return (verdict, .notAsked) }
        guard !self.world.resolver.isDown else { return (verdict, .failed(retryAfter: nil)) }
        switch self.world.resolve(service.uri, known: ticket.known) {
        case .list(let list): return (verdict, .list(service, list))
        case .unchanged: return (verdict, .unchanged)
        case .gone: return (verdict, .gone)
        }
    }

    private func prepare(
        _ subscribe: RLSSubscribe,
        _ transaction: Int,
        _ index: Int,
        _ service: RLSListService,
        _ verdict: RLSAuthorization,
        _ list: RLSResolvedList?
    ) {
        let shard = self.shards[index]
        shard.engine.epochSeconds = self.world.epochSeconds
        let preparation = shard.engine.prepare(
            subscribe,
            service: service,
            verdict: verdict,
            list: list,
            now: self.world.now
        )
        switch preparation {
        case .done(let actions): self.world.execute(actions, answering: transaction)
        case .commit(let ticket, let changes):
            self.write(changes, SimulatedStore.Commit(ticket: ticket, transaction: transaction))
        }
    }

    private func finish(
        _ transaction: Int?,
        _ ticket: RLSDialogTicket,
        _ prepare: (inout RLSEngine) -> RLSPreparation
    ) {
        let shard = self.shards[ticket.dialog.shardIndex]
        shard.engine.epochSeconds = self.world.epochSeconds
        switch prepare(&shard.engine) {
        case .done(let actions):
            self.call(shard, transaction: transaction) { _ in actions }
            self.handlingEnded(ticket.dialog)
        case .commit(let commit, let changes):
            self.write(changes, SimulatedStore.Commit(ticket: commit, transaction: transaction))
        }
    }

    func begin(_ subscribe: RLSSubscribe, transaction: Int, shard index: Int) {
        let shard = self.shards[index]
        switch shard.engine.beginRefresh(subscribe, now: self.world.now) {
        case .answer(let actions): self.call(shard, transaction: transaction) { _ in actions }
        case .wait(let dialog): shard.waiters[dialog] = (subscribe, transaction)
        case .proceed(let ticket):
            self.later(
                .refreshAsked(subscribe, transaction: transaction, ticket),
                in: self.world.plugDelay()
            )
        }
    }

    func listsChanged(_ documents: [String]) {
        guard self.stopping == nil else { return }
        for shard in self.shards {
            for ticket in shard.engine.dialogs(affectedBy: .documents(documents), now: self.world.now) {
                self.later(.recheckAsked(ticket), in: self.world.plugDelay())
            }
        }
    }
}
