// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import SIPMessage

extension RLSServer {
    /// Takes a NOTIFY of a presence server; answers at once.
    ///
    /// - Returns: the reply, and what follows from it; or ``RLSAction/toPresenceCode(_:)`` with `notOursCode` when no
    ///   list subscription asked for it.
    public func rlsHandleNotify(_ request: SIPRequest, via path: SIPPath) -> [RLSAction] {
        switch RLSEngine.route(
            notify: request,
            configuration: self.configuration,
            shardCount: self.shards.count
        ) {
        case .shard(let index):
            return self.shards.handle(index) { shard, now in
                shard.engine.notifyReceived(request, via: path, now: now)
            }
        case .answer(let actions):
            return actions
        }
    }

    /// Takes the outcome of a request that an action began. Report exactly one for each.
    ///
    /// - Returns: what follows from it, to be executed in order.
    public func rlsHandleResponse(
        _ outcome: RLSTransactionOutcome,
        for transaction: RLSTransactionID
    ) -> [RLSAction] {
        let index = transaction.shardIndex
        // An id of another server, with more shards.
        guard index < self.shards.count else { return [] }
        return self.shards.handle(index) { shard, now in
            shard.engine.outcome(outcome, for: transaction, now: now)
        }
    }
}
