// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import XCAPDocuments

/// Where a document may stand below the directory.
enum DirectoryLayout {
    /// Paths, the likeliest first. No segment of a selector can be `.`, `..` or have a slash.
    static func paths(of selector: XCAPDocumentSelector, below directory: String) -> [String] {
        let application = directory + "/" + selector.application.rawValue
        let file = selector.file.reduce(into: "") { $0 += "/" + $1 }
        switch selector.tree {
        case .global:
            return [application + "/global" + file]
        case .user(let user):
            return Self.names(of: user).map { application + "/users/" + $0 + file }
        }
    }

    /// Names that a user's folder may have: with and without `sip:`, plain and percent-encoded.
    private static func names(of user: String) -> [String] {
        let hasScheme = user.utf8.starts(with: "sip:".utf8)
        let other = hasScheme ? String(user.utf8.dropFirst("sip:".count)) ?? "" : "sip:" + user
        var names: [String] = []
        for name in [user, other, Self.encoded(user), Self.encoded(other)] where !names.contains(name) {
            if name != "", name != ".", name != ".." {
                names.append(name)
            }
        }
        return names
    }

    /// Everything encoded that is not unreserved (RFC 3986 §2.3), as browsers' and scripts' functions do it.
    private static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), Self.digit(byte >> 4), Self.digit(byte & 0xF)]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
