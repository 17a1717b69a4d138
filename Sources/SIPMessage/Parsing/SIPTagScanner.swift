// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Finds the `tag` parameter of From and To.
enum SIPTagScanner {
    static func tag(in value: SIPBytes) -> SIPBytes? {
        var scanner = SIPDelimiterScanner(value)
        while let semicolon = scanner.next(UInt8(ascii: ";")) {
            let rest = value[(semicolon + 1)...].drop { SIPText.isBlank($0) }
            guard rest.count > 4, SIPText.lowercased(rest[rest.startIndex]) == UInt8(ascii: "t"),
                SIPText.lowercased(rest[rest.startIndex + 1]) == UInt8(ascii: "a"),
                SIPText.lowercased(rest[rest.startIndex + 2]) == UInt8(ascii: "g")
            else { continue }
            let afterName = rest.dropFirst(3).drop { SIPText.isBlank($0) }
            guard afterName.first == UInt8(ascii: "=") else { continue }
            let tag = afterName.dropFirst().drop { SIPText.isBlank($0) }.prefix { SIPText.isTokenByte($0) }
            return tag.isEmpty ? nil : tag
        }
        return nil
    }
}
