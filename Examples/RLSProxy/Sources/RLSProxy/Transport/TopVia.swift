// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// The topmost Via of a message as far as a proxy needs it for every message, read in place: nothing is copied and
/// nothing allocated for the form in which nearly all of them come.
struct TopVia: Sendable, Hashable {
    /// The host of sent-by, IPv6 with brackets.
    let host: SIPBytes
    /// The port of sent-by.
    let port: UInt16?
    /// The `branch` parameter.
    private(set) var branch: SIPBytes?
    /// The `maddr` parameter.
    private(set) var maddr: SIPBytes?
    /// Whether there is an `rport` parameter, with or without value (RFC 3581).
    private(set) var hasRport = false

    /// Reads the top Via; nil when there is none or it cannot be read.
    init?(of message: some SIPTypedHeaders) {
        guard let row = message.headers.first(.via) else { return nil }
        if let plain = TopVia(plain: row) {
            self = plain
            return
        }
        // Several values in a row, quotes, blanks where few put them, or no Via at all: the whole grammar.
        guard let via = try? message.topVia else { return nil }
        self.init(via)
    }

    init(_ via: SIPVia) {
        self.host = SIPBytes(via.host.utf8)
        self.port = via.port
        self.branch = via.branch.map { SIPBytes($0.utf8) }
        self.maddr = via.maddr.map { SIPBytes($0.utf8) }
        self.hasRport = via.hasRport
    }

    /// Reads `SIP/2.0/UDP host:port;name=value;…` with one blank and without quotes and commas; nil for all else.
    init?(plain row: SIPBytes) {
        guard row.starts(with: "SIP/2.0/".utf8), let blank = Self.onlyBlank(in: row) else { return nil }
        guard SIPText.isToken(row[(row.startIndex + 8)..<blank]) else { return nil }
        let end = row.firstIndex(of: UInt8(ascii: ";")) ?? row.endIndex
        guard blank < end, let (host, port) = Self.sentBy(row[(blank + 1)..<end]) else { return nil }
        self.host = host
        self.port = port
        var start = end
        while start < row.endIndex {
            let next = row[(start + 1)...].firstIndex(of: UInt8(ascii: ";")) ?? row.endIndex
            guard self.take(parameter: row[(start + 1)..<next]) else { return nil }
            start = next
        }
    }

    /// The first of several parameters with one name counts.
    private mutating func take(parameter: SIPBytes) -> Bool {
        guard !parameter.isEmpty else { return true }
        let equals = parameter.firstIndex(of: UInt8(ascii: "="))
        let name = parameter[parameter.startIndex..<(equals ?? parameter.endIndex)]
        guard SIPText.isToken(name) else { return false }
        let value = equals.map { parameter[($0 + 1)...] }
        if SIPText.equalsIgnoringCase(name, "branch") {
            self.branch = self.branch ?? value
        } else if SIPText.equalsIgnoringCase(name, "rport") {
            self.hasRport = true
        } else if SIPText.equalsIgnoringCase(name, "maddr") {
            self.maddr = self.maddr ?? value
        }
        return true
    }

    /// The one blank; nil when there is not exactly one, or something that needs the whole grammar.
    private static func onlyBlank(in row: SIPBytes) -> Int? {
        // Without an early exit the compiler looks at many bytes at once.
        let isPlain = row.withUnsafeBufferPointer { bytes in
            var blanks = 0
            var needsGrammar = false
            for byte in bytes {
                blanks &+= byte == UInt8(ascii: " ") ? 1 : 0
                let isOther = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: ",") || byte >= 0x7F
                needsGrammar = byte < UInt8(ascii: " ") || isOther || needsGrammar
            }
            return blanks == 1 && !needsGrammar
        }
        return isPlain ? row.firstIndex(of: UInt8(ascii: " ")) : nil
    }

    /// A host name or IPv4 address, and a port. IPv6 is left to the whole grammar.
    private static func sentBy(_ bytes: SIPBytes) -> (host: SIPBytes, port: UInt16?)? {
        let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        let host = bytes[bytes.startIndex..<(colon ?? bytes.endIndex)]
        guard !host.isEmpty, host.allSatisfy(Self.isHostByte) else { return nil }
        guard let colon else { return (host, nil) }
        guard let port = SIPText.decimal(bytes[(colon + 1)...]), port > 0, port <= 65_535 else { return nil }
        return (host, UInt16(port))
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}
