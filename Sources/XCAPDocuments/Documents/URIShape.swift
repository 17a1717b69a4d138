// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// What of a URI decides how an entry is taken. Whether it is a URI is for ``SIPURI`` to say.
struct URIShape {
    /// Schemes by what is done with them.
    enum Scheme {
        /// `sip` or `sips`.
        case sip
        case pres
        case other
    }

    /// The scheme, in whatever case (RFC 3986 §3.1); nil when there is none.
    let scheme: Scheme?
    /// `user@host`: no colon is before the first `@`.
    let isSchemeless: Bool
    /// A question mark, with which the headers of a SIP URI begin.
    let hasHeaders: Bool

    init(_ text: String) {
        var text = text
        self = text.withUTF8 { URIShape($0) }
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>) {
        let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: bytes.indices)
        let at = bytes.firstIndex(of: UInt8(ascii: "@"), in: 0..<(colon ?? bytes.count))
        self.isSchemeless = at ?? 0 > 0
        self.hasHeaders = bytes.firstIndex(of: UInt8(ascii: "?"), in: bytes.indices) != nil
        self.scheme = colon.flatMap { Self.scheme(bytes, $0) }
    }

    private static func scheme(_ bytes: UnsafeBufferPointer<UInt8>, _ count: Int) -> Scheme? {
        if self.begins(bytes, count, "sip") || self.begins(bytes, count, "sips") { return .sip }
        if self.begins(bytes, count, "pres") { return .pres }
        guard count > 0, Self.isLetter(bytes[0]) else { return nil }
        let isScheme = bytes[..<count].allSatisfy {
            Self.isLetter($0) || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        return isScheme ? .other : nil
    }

    /// Whether the first bytes are these letters.
    private static func begins(_ bytes: UnsafeBufferPointer<UInt8>, _ count: Int, _ letters: StaticString) -> Bool {
        guard count == letters.utf8CodeUnitCount else { return false }
        for index in 0..<count where bytes[index] | 0x20 != letters.utf8Start[index] || bytes[index] < 0x41 {
            return false
        }
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
    }
}
