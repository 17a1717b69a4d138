// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// A request that came in, and what is needed to answer it.
struct IncomingRequest: Sendable {
    /// The request, with `received` and `rport` noted in its top Via.
    var request: SIPRequest
    /// The top Via as it was received.
    let via: TopVia
    /// The socket or connection.
    let flow: Flow
    let peer: Peer
    /// The server transaction, once it is open.
    var transaction: ServerTransactionKey?

    init(_ request: SIPRequest, via: TopVia, flow: Flow, peer: Peer) {
        self.request = request
        ViaStamp.stamp(&self.request, via: via, peer: peer)
        self.via = via
        self.flow = flow
        self.peer = peer
    }

    var responseRoute: ResponseRoute {
        ResponseRoute(via: self.via, flow: self.flow, peer: self.peer)
    }

    /// The way as the list server sees it.
    var path: SIPPath {
        SIPPath(
            transport: self.flow.transport,
            local: self.flow.local,
            remote: self.peer.sipAddress,
            flow: self.flow.token
        )
    }
}
