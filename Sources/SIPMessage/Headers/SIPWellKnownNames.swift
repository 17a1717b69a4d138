// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The well-known header names, and how bytes become their numbers.
enum SIPWellKnownNames {
    struct Name {
        /// How the name is written.
        let spelling: StaticString
        /// The letter of its compact form; 0 without one.
        let compact: UInt8

        init(_ spelling: StaticString, compact: UInt8 = 0) {
            self.spelling = spelling
            self.compact = compact
        }

        var utf8: UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(start: self.spelling.utf8Start, count: self.spelling.utf8CodeUnitCount)
        }
    }

    /// By number; the first is that of no name.
    static let all: [Name] = [
        Name(""),
        Name("Accept"),
        Name("Accept-Encoding"),
        Name("Accept-Language"),
        Name("Alert-Info"),
        Name("Allow"),
        Name("Allow-Events", compact: UInt8(ascii: "u")),
        Name("Authentication-Info"),
        Name("Authorization"),
        Name("Call-ID", compact: UInt8(ascii: "i")),
        Name("Call-Info"),
        Name("Contact", compact: UInt8(ascii: "m")),
        Name("Content-Disposition"),
        Name("Content-Encoding", compact: UInt8(ascii: "e")),
        Name("Content-ID"),
        Name("Content-Language"),
        Name("Content-Length", compact: UInt8(ascii: "l")),
        Name("Content-Transfer-Encoding"),
        Name("Content-Type", compact: UInt8(ascii: "c")),
        Name("CSeq"),
        Name("Date"),
        Name("Error-Info"),
        Name("Event", compact: UInt8(ascii: "o")),
        Name("Expires"),
        Name("From", compact: UInt8(ascii: "f")),
        Name("In-Reply-To"),
        Name("Max-Forwards"),
        Name("MIME-Version"),
        Name("Min-Expires"),
        Name("Organization"),
        Name("P-Asserted-Identity"),
        Name("Path"),
        Name("Priority"),
        Name("Privacy"),
        Name("Proxy-Authenticate"),
        Name("Proxy-Authorization"),
        Name("Proxy-Require"),
        Name("Reason"),
        Name("Record-Route"),
        Name("Refer-To", compact: UInt8(ascii: "r")),
        Name("Reply-To"),
        Name("Require"),
        Name("Retry-After"),
        Name("Route"),
        Name("Server"),
        Name("SIP-ETag"),
        Name("SIP-If-Match"),
        Name("Subject", compact: UInt8(ascii: "s")),
        Name("Subscription-State"),
        Name("Supported", compact: UInt8(ascii: "k")),
        Name("Suppress-If-Match"),
        Name("Timestamp"),
        Name("To", compact: UInt8(ascii: "t")),
        Name("Unsupported"),
        Name("User-Agent"),
        Name("Via", compact: UInt8(ascii: "v")),
        Name("Warning"),
        Name("WWW-Authenticate"),
    ]

    /// The number of a name; 0 when it is not well known.
    static func id(of name: SIPBytes) -> UInt8 {
        name.withUnsafeBytes { self.index.id(in: $0, 0..<$0.count) }
    }

    /// Made once; take it out of the loop that uses it.
    static let index = SIPNameIndex()
}
