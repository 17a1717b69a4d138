// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Initial SUBSCRIBEs of the last 32 s, to recognise a request that came on several ways (RFC 3261 §8.2.2.2).
///
/// The key lives for 64*T1 whatever the transport: on TCP the transaction would end at once (R3261-07). Only a keyed
/// hash of it is kept: two of a million requests are taken for one once in 37 million times.
struct MergedRequests {
    static let lifetime = Duration.seconds(32)

    private let hash: KeyedHash
    private var keys: Set<UInt64> = []
    private var order = FIFOQueue<(key: UInt64, until: RLSInstant)>()
    private var oldest: (key: UInt64, until: RLSInstant)?

    init(hash: KeyedHash) {
        self.hash = hash
    }

    var count: Int { self.keys.count }

    var nextDeadline: RLSInstant? { self.oldest?.until }

    /// Remembers a request by Call-ID, From tag and CSeq number.
    ///
    /// - Returns: whether an equal one is remembered already, so that this one is merged.
    mutating func insert(callID: SIPBytes, fromTag: SIPBytes, cSeq: UInt32, now: RLSInstant) -> Bool {
        // Neither of them has a line end.
        let key = self.hash(Array([callID, fromTag, Array(String(cSeq).utf8)[...]].joined(separator: [0x0A])))
        guard self.keys.insert(key).inserted else { return true }
        let entry = (key: key, until: now.advanced(by: Self.lifetime))
        if self.oldest == nil {
            self.oldest = entry
        } else {
            self.order.append(entry)
        }
        return false
    }

    mutating func expire(now: RLSInstant) {
        while let oldest = self.oldest, oldest.until <= now {
            self.keys.remove(oldest.key)
            self.oldest = self.order.popFirst()
        }
    }
}
