// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// What makes two requests the same one (RFC 3261 §17.2.3).
struct ServerTransactionKey: Sendable, Hashable {
    private var text: [UInt8]

    /// - Parameter method: another method than the request's, to find what a CANCEL means.
    init(_ request: SIPRequest, via: SIPVia, method: SIPMethod? = nil) {
        var text = Array((method ?? request.method).rawValue.utf8)
        text.append(UInt8(ascii: " "))
        if let branch = via.branch, branch.hasPrefix("z9hG4bK") {
            text.append(contentsOf: branch.utf8)
            text.append(UInt8(ascii: " "))
            text.append(contentsOf: via.host.lowercased().utf8)
            text.append(contentsOf: ":\(via.port ?? 5060)".utf8)
        } else {
            // RFC 2543 peers: Request-URI, tags, Call-ID, CSeq and top Via together.
            let parts = [
                request.requestURI, request.toTag, request.fromTag, request.callID, request.headers.first(.cSeq),
                request.headers.first(.via),
            ]
            for part in parts {
                text.append(contentsOf: part ?? [])
                text.append(0)
            }
        }
        self.text = text
    }

    /// Which part of the transaction table holds the key.
    var shard: Int { self.text.reduce(0) { ($0 &* 31) &+ Int($1) } }
}
