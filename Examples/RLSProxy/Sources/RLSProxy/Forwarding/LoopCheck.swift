// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Loop detection (RFC 5393 §4.2): a request that comes back with everything unchanged that routing depends on.
enum LoopCheck {
    /// What goes into the branch of our Via.
    static func hash(of request: SIPRequest) -> UInt32 {
        var hash = StableHash(seed: 0)
        hash.combine(request.requestURI)
        for route in request.headers.values(.route) {
            hash.combine(route)
        }
        hash.combine(request.callID)
        hash.combine(request.fromTag)
        hash.combine(request.toTag)
        hash.combine(request.headers.first(.cSeq))
        return UInt32(truncatingIfNeeded: hash.value ^ hash.value >> 32)
    }

    /// Whether this request went through here before in the same form. In another form it is a spiral, which is legal.
    static func isLoop(_ request: SIPRequest, hash: UInt32, domains: ServedDomains) -> Bool {
        guard let vias = try? request.vias else { return false }
        return vias.contains { via in
            guard let branch = via.branch.flatMap({ Branch($0.utf8) }), branch.loopHash == hash else { return false }
            return domains.isProxy(host: via.host, port: via.port ?? 5060)
        }
    }
}
