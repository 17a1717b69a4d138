// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import SIPMessage

/// XCAP user identifiers (R4825-02).
enum XCAPUser {
    /// The SIP URI of an identifier; `alice@example.org` is understood too. Nil when it is none.
    static func uri(_ identifier: String) -> SIPURI? {
        XCAPEntryURI.parse(identifier, schemeless: true)
    }

    /// Whether two identifiers mean the same user (S-CANON).
    static func isSame(_ one: String, _ other: String) -> Bool {
        if one == other { return true }
        guard let one = self.uri(one), let other = self.uri(other) else { return false }
        return one.addressOfRecord == other.addressOfRecord
    }
}
