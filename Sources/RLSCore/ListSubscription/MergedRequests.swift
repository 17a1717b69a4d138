// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Initial SUBSCRIBEs of the last 32 s, to recognise a request that came on several ways (RFC 3261 §8.2.2.2).
///
/// The key lives for 64*T1 whatever the transport: on TCP the transaction would end at once (R3261-07).
struct MergedRequests {
    struct Key: Hashable {
        var callID: [UInt8]
        var fromTag: [UInt8]
        var cSeq: UInt32
    }

    static let lifetime = Duration.seconds(32)

    private var keys: Set<Key> = []
    private var order = FIFOQueue<(key: Key, until: RLSInstant)>()
    private var oldest: (key: Key, until: RLSInstant)?

    var count: Int { self.keys.count }

    var nextDeadline: RLSInstant? { self.oldest?.until }

    /// Remembers a request.
    ///
    /// - Returns: whether an equal one is remembered already, so that this one is merged.
    mutating func insert(_ key: Key, now: RLSInstant) -> Bool {
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
