// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
public import SIPMessage

extension RLSServer {
    /// List dialogs asked about at the same time.
    static let concurrentRechecks = 32

    /// Asks authoriser and resolver again: for the lists of one owner, or for all. OpenSIPS: `rls:update_subscriptions`.
    ///
    /// Returns when all of them have been asked; what is to be sent comes out of ``actions``, which has to be consumed
    /// meanwhile. Without a running ``run()`` it does nothing.
    ///
    /// - Parameter owner: whose lists; nil: everybody's.
    public func updateSubscriptions(of owner: SIPURI? = nil) async {
        guard self.lifecycle.phase == .serving else { return }
        let done = Signal()
        guard self.listChanges.add(owner.map { .owner($0) } ?? .everything, waiter: done) else { return }
        await done.wait()
    }

    /// Takes the resolver's hints.
    func watchResolver() async {
        for await change in self.resolver.makeChanges() {
            switch change {
            case .documents(let keys): self.listChanges.add(.documents(keys))
            case .owner(let owner): self.listChanges.add(.owner(owner))
            case .everything: self.listChanges.add(.everything)
            }
        }
    }

    /// Looks again at the dialogs of changed lists, round by round.
    func recheckLists() async {
        while let round = await self.listChanges.next() {
            var tickets = TicketList()
            for ticket in round.tickets {
                tickets.add(ticket)
            }
            for scope in round.scopes {
                for shard in 0..<self.shards.count {
                    for ticket in self.shards.handle(shard, { $0.engine.dialogs(affectedBy: scope, now: $1) }) {
                        tickets.add(ticket)
                    }
                }
            }
            await self.forEach(tickets.all) { await self.recheck($0) }
            for waiter in round.waiters {
                waiter.set()
            }
        }
    }

    /// Asks again about one dialog and hands out what follows.
    func recheck(_ ticket: RLSDialogTicket) async {
        guard self.lifecycle.enter(isNew: true) else { return }
        let actions = await self.applyRecheck(ticket)
        self.queue.append(actions, now: self.environment.now())
        self.lifecycle.leave()
        // The next dialog is looked at when this batch was taken: what is to be sent never piles up.
        await self.queue.untilEmpty()
    }

    private func applyRecheck(_ ticket: RLSDialogTicket) async -> [RLSAction] {
        let opinion = await self.ask(ticket, request: nil)
        // Without a verdict nothing changes; a dialog that is woken is tried again later.
        let isUndecided = opinion == nil
        if isUndecided, ticket.purpose != .wake {
            return []
        }
        let next = self.shards.handleRecords(ticket.dialog.shardIndex) { shard, now in
            self.continuation(
                shard.engine.prepareRecheck(
                    ticket,
                    verdict: opinion?.verdict ?? .allow,
                    answer: opinion?.answer ?? .failed(retryAfter: nil),
                    now: now
                ),
                of: ticket.dialog,
                mustStore: true,
                &shard,
                now
            )
        }
        return await self.finish(next)
    }

    /// Works on many dialogs, some at a time.
    func forEach(
        _ tickets: [RLSDialogTicket],
        _ work: @escaping @Sendable (RLSDialogTicket) async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            var remaining = tickets.makeIterator()
            for _ in 0..<Self.concurrentRechecks {
                guard let ticket = remaining.next() else { break }
                group.addTask { await work(ticket) }
            }
            while await group.next() != nil {
                guard !Task.isCancelled, let ticket = remaining.next() else { continue }
                group.addTask { await work(ticket) }
            }
        }
    }
}
