// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// `sip:user@host`, the form of nearly all URIs in lists and of most in From and To, read in one go.
///
/// What has a password, port, parameters, headers, escapes or an IPv6 address, or is no URI at all, is left to
/// ``SIPURIParser``.
enum SIPPlainURI {
    static func layout(_ bytes: UnsafeBufferPointer<UInt8>) -> SIPURILayout? {
        guard bytes.count <= Int(UInt16.max), let scheme = self.scheme(bytes) else { return nil }
        let user = scheme.name.utf8.count + 1
        let at = self.end(of: self.userBytes, in: bytes, from: user)
        guard user < at, at < bytes.count, bytes[at] == UInt8(ascii: "@") else { return nil }
        let host = at + 1
        let end = self.end(of: self.hostBytes, in: bytes, from: host)
        guard host < end, end == bytes.count else { return nil }
        var layout = SIPURILayout(scheme: scheme)
        layout.setUser(endingAt: at, passwordEndingAt: nil)
        layout.setHost(endingAt: end, port: 0, parameters: end..<end)
        return layout
    }

    private static func scheme(_ bytes: UnsafeBufferPointer<UInt8>) -> SIPURILayout.Scheme? {
        if self.begin(bytes, with: "sip:") { return .sip }
        if self.begin(bytes, with: "sips:") { return .sips }
        return self.begin(bytes, with: "pres:") ? .pres : nil
    }

    private static func begin(_ bytes: UnsafeBufferPointer<UInt8>, with text: StaticString) -> Bool {
        guard bytes.count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount where bytes[index] != text.utf8Start[index] {
            return false
        }
        return true
    }

    /// A set of ASCII bytes: each is a bit, those below 64 in `low`, the others in `high`.
    private typealias ByteSet = (low: UInt64, high: UInt64)

    /// ``SIPURIParser/isUserByte(_:)`` but `%`.
    private static let userBytes: ByteSet = (0xABFF_FFDA_0000_0000, 0x47FF_FFFE_87FF_FFFE)
    /// Letters, digits, `-`, `.` and `_`.
    private static let hostBytes: ByteSet = (0x03FF_6000_0000_0000, 0x07FF_FFFE_87FF_FFFE)

    /// The first byte that is not in the set.
    @inline(__always)
    private static func end(of set: ByteSet, in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            let word = byte & 0x40 == 0 ? set.low : set.high
            guard byte & 0x80 == 0, (word &>> UInt64(byte)) & 1 == 1 else { break }
            index += 1
        }
        return index
    }
}
