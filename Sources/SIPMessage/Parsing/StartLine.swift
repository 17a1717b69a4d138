// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Request line and status line (RFC 3261 §7.1, §7.2).
enum StartLine {
    static func parse(
        _ buffer: UnsafeRawBufferPointer,
        _ line: Range<Int>,
        isLenient: Bool
    ) throws(SIPParseError) -> HeaderScan.Start {
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[line])
        if Self.hasPrefix(bytes, "SIP/") {
            return try self.parseStatus(bytes, at: line.lowerBound)
        }
        return try self.parseRequest(bytes, at: line.lowerBound, isLenient: isLenient)
    }

    private static func parseStatus(
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int
    ) throws(SIPParseError) -> HeaderScan.Start {
        guard Self.hasPrefix(bytes, "SIP/2.0 ") else {
            throw SIPParseError(.version, offset: offset, reason: "not SIP/2.0")
        }
        guard bytes.count >= 11, bytes[8..<11].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            bytes.count == 11 || bytes[11] == 0x20
        else {
            throw SIPParseError(.startLine, offset: offset + 8, reason: "no status code of three digits")
        }
        let code = bytes[8..<11].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard code >= 100, code < 700 else {
            throw SIPParseError(.startLine, offset: offset + 8, reason: "a status code outside 100…699")
        }
        return .response(statusCode: code, reason: offset + min(12, bytes.count)..<offset + bytes.count)
    }

    private static func parseRequest(
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int,
        isLenient: Bool
    ) throws(SIPParseError) -> HeaderScan.Start {
        guard let first = bytes.firstIndex(of: 0x20), let last = bytes.lastIndex(of: 0x20), first > 0 else {
            throw SIPParseError(.startLine, offset: offset, reason: "not three parts")
        }
        for index in 0..<first where !SIPText.isTokenByte(bytes[index]) {
            throw SIPParseError(.method, offset: offset + index, reason: "a character that no method has")
        }
        if isLenient {
            // A broken request line must not keep the 400 back.
            return .request(method: offset..<offset + first, uri: offset + first + 1..<offset + max(last, first + 1))
        }
        let version = UnsafeRawBufferPointer(rebasing: bytes[(last + 1)...])
        guard Self.hasPrefix(version, "SIP/") else {
            throw SIPParseError(.startLine, offset: offset + last, reason: "does not end with a SIP version")
        }
        guard version.count == 7, Self.hasPrefix(version, "SIP/2.0") else {
            throw SIPParseError(.version, offset: offset + last + 1, reason: "not SIP/2.0")
        }
        guard last > first + 1 else {
            throw SIPParseError(.startLine, offset: offset + first, reason: "no Request-URI")
        }
        for index in first + 1..<last where bytes[index] <= 0x20 || bytes[index] == 0x7F {
            throw SIPParseError(.requestURI, offset: offset + index, reason: "a blank or control character")
        }
        guard bytes[first + 1] != UInt8(ascii: "<") else {
            throw SIPParseError(.requestURI, offset: offset + first + 1, reason: "in angle brackets")
        }
        return .request(method: offset..<offset + first, uri: offset + first + 1..<offset + last)
    }

    private static func hasPrefix(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount
        where SIPText.lowercased(bytes[index]) != SIPText.lowercased(text.utf8Start[index]) {
            return false
        }
        return true
    }
}
