// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOConcurrencyHelpers
import NIOCore
import RLSCore
import SIPMessage

/// A part of the transaction table.
///
/// A lock guards it, because with SO_REUSEPORT an answer may come in on another event loop than its request left from.
/// Nothing is sent and nobody is called under the lock.
final class TransactionShard: Sendable {
    /// A client transaction, and what it needs to repeat its request.
    struct Client {
        var machine: ClientTransaction
        let method: SIPMethod
        let bytes: ByteBuffer
        let target: SendTarget
        let completion: @Sendable (ClientOutcome) -> Void
    }

    /// A server transaction, and what it needs to repeat its response.
    struct Server {
        var machine: ServerTransaction
        var response: ByteBuffer?
        let route: ResponseRoute
        /// Until the final response: what a 100 answers when that takes long (RFC 4320 §4.1).
        var unanswered: SIPRequest?
    }

    enum Key: Sendable, Hashable {
        case client(Branch)
        case server(ServerTransactionKey)
    }

    struct State {
        var clients: [Branch: Client] = [:]
        var servers: [ServerTransactionKey: Server] = [:]
        var wheel: TimerWheel<Key>
    }

    let state: NIOLockedValueBox<State>

    init(now: RLSInstant) {
        self.state = NIOLockedValueBox(State(wheel: TimerWheel(now: now)))
    }
}

/// How a client transaction ended.
enum ClientOutcome: Sendable {
    /// The final response.
    case response(SIPResponse)
    /// Timer F: no final response.
    case timeout
    /// The request could not be sent.
    case transportError
}
