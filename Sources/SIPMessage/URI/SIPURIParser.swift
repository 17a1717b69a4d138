// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Cuts a URI into its parts.
enum SIPURIParser {
    static func parse(_ bytes: SIPBytes) throws(SIPParseError) -> SIPURILayout {
        guard bytes.count <= Int(UInt16.max) else { throw self.error(bytes, "too long") }
        for index in bytes.indices where !self.isAllowed(bytes[index]) {
            throw SIPParseError(.uri, offset: index, reason: "a character that stands in no URI")
        }
        guard SIPEscape.isWellFormed(bytes) else { throw self.error(bytes, "an escape without two hex digits") }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > bytes.startIndex else {
            throw self.error(bytes, "no scheme")
        }
        let name = bytes[bytes.startIndex..<colon]
        guard (name[name.startIndex] | 0x20) >= 0x61, (name[name.startIndex] | 0x20) <= 0x7A,
            name.allSatisfy({ SIPText.isAlphanumeric($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E })
        else { throw self.error(bytes, "no scheme") }
        let rest = bytes[(colon + 1)...]
        let scheme = SIPURILayout.Scheme.allCases.first { SIPText.equalsIgnoringCase(name, $0.name) } ?? .other
        var layout = SIPURILayout(scheme: scheme)
        switch scheme {
        case .sip, .sips, .pres: try self.parseSIP(rest, start: bytes.startIndex, &layout)
        case .tel: try self.parseTel(rest, start: bytes.startIndex, &layout)
        case .other:
            guard !rest.isEmpty else { throw self.error(bytes, "nothing behind the scheme") }
        }
        return layout
    }

    private static func parseSIP(
        _ bytes: SIPBytes,
        start: Int,
        _ layout: inout SIPURILayout
    ) throws(SIPParseError) {
        var rest = bytes
        // The first @ ends the user part: neither it nor the host may have one, headers have it escaped.
        if let at = rest.firstIndex(of: UInt8(ascii: "@")) {
            let info = rest[rest.startIndex..<at]
            let colon = info.firstIndex(of: UInt8(ascii: ":")) ?? info.endIndex
            guard colon > info.startIndex, info.allSatisfy({ self.isUserByte($0) || $0 == UInt8(ascii: ":") }) else {
                throw self.error(info, "no user part")
            }
            layout.setUser(endingAt: colon - start, passwordEndingAt: colon < at ? at - start : nil)
            rest = rest[(at + 1)...]
        } else if layout.scheme == .pres {
            throw self.error(bytes, "no user part")
        }
        let hostEnd = rest.firstIndex { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        let (host, port) = try self.hostPort(rest[rest.startIndex..<hostEnd])
        let question = rest[hostEnd...].firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        layout.setHost(endingAt: host.endIndex - start, port: port, parameters: hostEnd - start..<question - start)
        try self.checkParameters(rest[hostEnd..<question])
        if question < rest.endIndex {
            try self.checkHeaders(rest[(question + 1)...])
        }
    }

    /// RFC 3966 §3: the number is kept as the user part.
    private static func parseTel(
        _ bytes: SIPBytes,
        start: Int,
        _ layout: inout SIPURILayout
    ) throws(SIPParseError) {
        let end = bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
        let number = bytes[bytes.startIndex..<end]
        let digits = number.first == UInt8(ascii: "+") ? number.dropFirst() : number
        guard digits.contains(where: { self.isPhoneDigit($0) }),
            digits.allSatisfy({ self.isPhoneDigit($0) || self.isVisualSeparator($0) })
        else { throw self.error(bytes, "no telephone number") }
        layout.setUser(endingAt: end - start, passwordEndingAt: nil)
        layout.setParameters(end - start..<bytes.endIndex - start)
        try self.checkParameters(bytes[end...])
    }

    private static func hostPort(_ bytes: SIPBytes) throws(SIPParseError) -> (host: SIPBytes, port: UInt16) {
        var search = bytes
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { throw self.error(bytes, "no ]") }
            search = bytes[(close + 1)...]
            guard search.isEmpty || search.first == UInt8(ascii: ":") else { throw self.error(bytes, "no host") }
        }
        let colon = search.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        let host = bytes[bytes.startIndex..<colon]
        guard SIPHost.isValid(host) else { throw self.error(bytes, "no host") }
        guard colon < bytes.endIndex else { return (host, 0) }
        guard let port = SIPText.decimal(bytes[(colon + 1)...]), port > 0, port <= 65_535 else {
            throw self.error(bytes, "no port")
        }
        return (host, UInt16(port))
    }

    private static func checkParameters(_ bytes: SIPBytes) throws(SIPParseError) {
        guard !bytes.isEmpty else { return }
        var names: Set<String> = []
        for piece in bytes.dropFirst().split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
            let name = SIPText.string(piece.prefix { $0 != UInt8(ascii: "=") })
            guard !name.isEmpty else { throw self.error(bytes, "a parameter without name") }
            // R3261-34: the same name twice is malformed.
            guard names.insert(SIPEscape.normalized(name).lowercased()).inserted else {
                throw self.error(bytes, "a parameter twice")
            }
        }
    }

    private static func checkHeaders(_ bytes: SIPBytes) throws(SIPParseError) {
        for piece in bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")), equals > piece.startIndex else {
                throw self.error(bytes, "a header without name or value")
            }
        }
    }

    /// A parameter or header that has been checked.
    static func parameter(_ piece: SIPBytes) -> SIPParameter {
        let equals = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.endIndex
        return SIPParameter(
            SIPText.string(piece[..<equals]),
            equals < piece.endIndex ? SIPText.string(piece[(equals + 1)...]) : nil
        )
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
            && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "^")
            && byte != UInt8(ascii: "{") && byte != UInt8(ascii: "}") && byte != UInt8(ascii: "|")
    }

    /// Unreserved, escaped, and & = + $ , ; ? / (RFC 3261 §25.1); # as some phones write it.
    static func isUserByte(_ byte: UInt8) -> Bool {
        if SIPEscape.isUnreserved(byte) {
            return true
        }
        switch byte {
        case 0x25, 0x26, 0x3D, 0x2B, 0x24, 0x2C, 0x3B, 0x3F, 0x2F, 0x23: return true
        default: return false
        }
    }

    /// Unreserved and [ ] / : & + $ (RFC 3261 §25.1).
    static func isParameterByte(_ byte: UInt8) -> Bool {
        if SIPEscape.isUnreserved(byte) {
            return true
        }
        switch byte {
        case 0x5B, 0x5D, 0x2F, 0x3A, 0x26, 0x2B, 0x24: return true
        default: return false
        }
    }

    static func isPhoneDigit(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || SIPEscape.hexDigit(byte) != nil || byte == 0x2A || byte == 0x23
    }

    static func isVisualSeparator(_ byte: UInt8) -> Bool {
        byte == 0x2D || byte == 0x2E || byte == 0x28 || byte == 0x29
    }

    private static func error(_ bytes: SIPBytes, _ reason: String) -> SIPParseError {
        SIPParseError(.uri, offset: bytes.startIndex, reason: reason)
    }
}
