// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// To tags of responses that leave no state behind: the same for the same request (RFC 3261 §8.2.7), and not to be
/// guessed from outside.
enum ResponseTag {
    private static let secret = UInt64.random(in: .min ... .max)

    static func tag(for request: SIPRequest) -> SIPBytes {
        var hash = StableHash(seed: Self.secret)
        hash.combine(request.callID)
        hash.combine(request.fromTag)
        hash.combine(request.headers.first(.cSeq))
        return SIPBytes(String(hash.value, radix: 36).utf8)
    }
}

/// FNV-1a over header values.
struct StableHash {
    private(set) var value: UInt64

    init(seed: UInt64) {
        self.value = seed ^ 0xcbf2_9ce4_8422_2325
    }

    mutating func combine(_ bytes: SIPBytes?) {
        for byte in bytes ?? [] {
            self.value = (self.value ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        self.value = (self.value ^ 0xff) &* 0x100_0000_01b3
    }
}
