// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

/// What the proxy has to do next. Actions of one list dialog come in order.
public enum RLSAction: Sendable, Hashable {
    /// Answer the request that is being handled.
    case reply(SIPResponse)
    /// Start a client transaction with this request and report exactly one outcome for it.
    case sendRequest(RLSOutboundRequest)
    /// Not ours: the routing script should pass the request to the presence server.
    ///
    /// The number is the configured code: `toPresenceCode` for SUBSCRIBE, `notOursCode` for NOTIFY.
    case toPresenceCode(Int)
}

/// A request that the library wants sent.
public struct RLSOutboundRequest: Sendable, Hashable {
    /// Names the transaction in the report of its outcome.
    public var transaction: RLSTransactionID
    /// The request without Via, which the proxy adds (RFC 3261 §8.1.1.7). Max-Forwards is present and stays.
    public var request: SIPRequest
    /// Where to send it.
    public var destination: RLSDestination

    /// Creates an outbound request.
    public init(transaction: RLSTransactionID, request: SIPRequest, destination: RLSDestination) {
        self.transaction = transaction
        self.request = request
        self.destination = destination
    }
}

/// Where an outbound request goes.
public enum RLSDestination: Sendable, Hashable {
    /// Resolve this next-hop URI (RFC 3263): the first Route, else the Request-URI.
    case uri(SIPURI)
    /// Send over the flow on which a request of that peer came; the phone is behind a NAT.
    case flow(SIPPath)
    /// Send to the configured presence server, whatever the Request-URI says.
    case presenceServer(SIPURI)
}

/// Names a client transaction started by RLSAction/sendRequest(_:).
public struct RLSTransactionID: Sendable, Hashable, BitwiseCopyable {
    enum Owner: UInt8, BitwiseCopyable {
        case listDialog, backend
    }

    var shard: UInt8
    var owner: Owner
    var slot: UInt32
    /// Tells transactions of one owner apart, and those of an earlier owner of the slot.
    var sequence: UInt32

    /// The shard that waits for the outcome.
    public var shardIndex: Int { Int(self.shard) }
}

/// How a client transaction ended.
public enum RLSTransactionOutcome: Sendable, Hashable {
    /// The final response, whole. 401, 407 and 3xx are the proxy's: it retries and reports the last answer.
    case response(SIPResponse)
    /// No final response in time (Timer F). `lastCSeq`: the CSeq number of the last request sent.
    case timeout(lastCSeq: UInt32)
    /// The request could not be sent. `lastCSeq`: the CSeq number of the last request tried.
    case transportError(lastCSeq: UInt32)
}
