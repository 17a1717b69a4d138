// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// What makes two requests the same one (RFC 3261 §17.2.3).
struct ServerTransactionKey: Sendable, Hashable {
    private var text: [UInt8]

    /// - Parameter method: another method than the request's, to find what a CANCEL means.
    init(_ request: SIPRequest, via: TopVia, method: SIPMethod? = nil) {
        var text = Array((method ?? request.method).rawValue.utf8)
        text.append(UInt8(ascii: " "))
        if let branch = via.branch, branch.starts(with: "z9hG4bK".utf8) {
            text.append(contentsOf: branch)
            text.append(UInt8(ascii: " "))
            text.append(contentsOf: via.host.lazy.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 })
            text.append(UInt8(ascii: ":"))
            SIPText.writeDecimal(UInt64(via.port ?? 5060), into: &text)
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
