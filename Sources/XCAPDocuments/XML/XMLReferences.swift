// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Character and predefined entity references of XML (R4825-07).
enum XMLReferences {
    /// The text behind the references; nil when one is unknown or cut off.
    static func resolve(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.contains(UInt8(ascii: "&")) else { return String(validating: bytes, as: UTF8.self) }
        var text = ""
        var rest = bytes
        while let ampersand = rest.firstIndex(of: UInt8(ascii: "&")) {
            guard
                let before = String(validating: rest[..<ampersand], as: UTF8.self),
                let end = rest[ampersand...].firstIndex(of: UInt8(ascii: ";")),
                let scalar = self.scalar(String(decoding: rest[(ampersand + 1)..<end], as: UTF8.self))
            else {
                return nil
            }
            text += before
            text.unicodeScalars.append(scalar)
            rest = rest[(end + 1)...]
        }
        return String(validating: rest, as: UTF8.self).map { text + $0 }
    }

    private static func scalar(_ name: String) -> Unicode.Scalar? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { return nil }
            let isHex = name.hasPrefix("#x")
            return UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10).flatMap(Unicode.Scalar.init)
        }
    }
}
