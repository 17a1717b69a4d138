// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// User and domain of an address of record, the two columns in which the documented tables keep it.
package struct RLSAddressColumns: Sendable, Hashable {
    package var user: String
    package var domain: String

    package init(user: String = "", domain: String = "") {
        self.user = user
        self.domain = domain
    }

    /// User and host of a URI, as written.
    package init(_ uri: String) {
        self = Self.reading(uri).columns
    }

    /// User and host of a URI as written, and whether ``uri`` gives it back byte for byte.
    package static func reading(_ uri: String) -> (columns: RLSAddressColumns, areAll: Bool) {
        if let plain = Self.plain(uri) { return (plain, true) }
        guard let parsed = try? SIPURI(uri) else { return (RLSAddressColumns(), false) }
        let columns = RLSAddressColumns(user: parsed.user ?? "", domain: parsed.host)
        return (columns, columns.uri.utf8.elementsEqual(uri.utf8))
    }

    /// What nearly all are, `sip:user@domain` of letters, digits, points and hyphens: each write of a dialog reads two of
    /// them, and these need no parser.
    private static func plain(_ uri: String) -> RLSAddressColumns? {
        var uri = uri
        return uri.withUTF8 { bytes in
            guard bytes.starts(with: "sip:".utf8), let at = bytes.firstIndex(of: UInt8(ascii: "@")),
                at > 4, at + 1 < bytes.count, bytes.count <= Int(UInt16.max)
            else { return nil }
            let user = bytes[4..<at]
            let domain = bytes[(at + 1)...]
            guard user.allSatisfy(Self.isPlain), domain.allSatisfy(Self.isPlain) else { return nil }
            return RLSAddressColumns(
                user: String(decoding: user, as: UTF8.self),
                domain: String(decoding: domain, as: UTF8.self)
            )
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }

    /// The URI that the columns say.
    package var uri: String { self.user.isEmpty ? "sip:\(self.domain)" : "sip:\(self.user)@\(self.domain)" }
}
