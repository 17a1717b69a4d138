// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Hosts in URIs and Via: names, IPv4 and IPv6 addresses.
enum SIPHost {
    /// Whether the bytes may be a host; IPv6 in brackets.
    static func isValid(_ bytes: SIPBytes) -> Bool {
        guard let first = bytes.first else { return false }
        if first == UInt8(ascii: "[") {
            return bytes.last == UInt8(ascii: "]") && self.ipv6(bytes.dropFirst().dropLast()) != nil
        }
        // Underscores are no part of a host name, but in use.
        return bytes.allSatisfy { SIPText.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    }

    /// The address of a host by value (RFC 5954 §4); nil for a name.
    static func address(_ host: String) -> [UInt8]? {
        let bytes = Array(host.utf8)[...]
        if bytes.first == UInt8(ascii: "[") {
            return self.ipv6(bytes.dropFirst().dropLast())
        }
        return self.ipv4(bytes)
    }

    /// The one text form of an address (RFC 5952), names in lower case.
    static func canonical(_ host: String) -> String {
        guard let address = self.address(host) else { return host.lowercased() }
        guard address.count == 16 else { return address.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(address[$0]) << 8 | UInt16(address[$0 + 1]) }
        if groups.prefix(5).allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
            return "[::ffff:\(address[12]).\(address[13]).\(address[14]).\(address[15])]"
        }
        let zeros = self.longestZeros(groups)
        var text = "["
        var index = 0
        while index < 8 {
            if let zeros, index == zeros.lowerBound {
                text += "::"
                index = zeros.upperBound
                continue
            }
            if !text.hasSuffix("["), !text.hasSuffix(":") {
                text += ":"
            }
            text += String(groups[index], radix: 16)
            index += 1
        }
        return text + "]"
    }

    private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 {
                end += 1
            }
            if end - start > best.count {
                best = start..<end
            }
            start = max(end, start + 1)
        }
        return best.count >= 2 ? best : nil
    }

    private static func ipv4(_ bytes: SIPBytes) -> [UInt8]? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: [UInt8] = []
        for part in parts {
            guard part.count <= 3, let value = SIPText.decimal(part), value < 256 else { return nil }
            address.append(UInt8(value))
        }
        return address
    }

    private static func ipv6(_ bytes: SIPBytes) -> [UInt8]? {
        var head: [UInt8] = []
        var tail: [UInt8]?
        var rest = bytes
        if rest.starts(with: "::".utf8) {
            tail = []
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
            let group = rest[rest.startIndex..<end]
            let value: [UInt8]
            if group.contains(UInt8(ascii: ".")) {
                guard end == rest.endIndex, let address = self.ipv4(group) else { return nil }
                value = address
            } else {
                guard let number = self.hexGroup(group) else { return nil }
                value = [UInt8(number >> 8), UInt8(number & 0xFF)]
            }
            if tail == nil {
                head += value
            } else {
                tail? += value
            }
            guard head.count + (tail?.count ?? 0) <= 16 else { return nil }
            guard end < rest.endIndex else { break }
            rest = rest[(end + 1)...]
            if rest.first == UInt8(ascii: ":") {
                guard tail == nil else { return nil }
                tail = []
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        guard let tail else { return head.count == 16 ? head : nil }
        guard head.count + tail.count < 16 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func hexGroup(_ bytes: SIPBytes) -> UInt16? {
        guard !bytes.isEmpty, bytes.count <= 4 else { return nil }
        var value: UInt16 = 0
        for byte in bytes {
            guard let digit = SIPEscape.hexDigit(byte) else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}
