// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import SIPMessage

/// A request that came in, and what is needed to answer it.
struct IncomingRequest: Sendable {
    /// The request, with `received` and `rport` noted in its top Via.
    var request: SIPRequest
    /// The top Via as it was received.
    let via: SIPVia
    /// The socket or connection.
    let flow: Flow
    let source: SocketAddress
    /// The server transaction, once it is open.
    var transaction: ServerTransactionKey?

    init(_ request: SIPRequest, via: SIPVia, flow: Flow, source: SocketAddress) {
        self.request = request
        ViaStamp.stamp(&self.request, via: via, source: source)
        self.via = via
        self.flow = flow
        self.source = source
    }

    var responseRoute: ResponseRoute {
        ResponseRoute(via: self.via, flow: self.flow, source: self.source)
    }

    /// The way as the list server sees it.
    var path: SIPPath {
        SIPPath(
            transport: self.flow.transport,
            local: self.flow.local,
            remote: self.source.sipAddress,
            flow: self.flow.token
        )
    }
}
