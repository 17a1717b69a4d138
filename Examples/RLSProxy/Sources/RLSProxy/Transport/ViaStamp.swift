// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Notes in the top Via where a request really came from (RFC 3261 §18.2.1, RFC 3581 §4).
enum ViaStamp {
    /// Adds `received` when the sent-by is not the source, and fills an empty `rport`.
    static func stamp(_ request: inout SIPRequest, via: TopVia, peer: Peer) {
        guard via.hasRport || !Self.isHost(via.host, peer.host) else { return }
        guard let row = request.headers.values(.via).first else { return }

        var stamped: [UInt8] = []
        stamped.reserveCapacity(row.count + 48)
        for part in Self.parts(of: row) where !Self.isOurs(part) {
            if !stamped.isEmpty {
                stamped.append(UInt8(ascii: ";"))
            }
            stamped.append(contentsOf: part)
        }
        if via.hasRport {
            stamped.append(contentsOf: ";rport=".utf8)
            SIPText.writeDecimal(UInt64(peer.port), into: &stamped)
        }
        stamped.append(contentsOf: ";received=".utf8)
        stamped.append(contentsOf: peer.host)
        request.headers.removeFirstValue(.via)
        request.headers.prepend(.via, stamped[...])
    }

    /// Whether sent-by, IPv6 in brackets, is written like the source.
    private static func isHost(_ sentBy: SIPBytes, _ source: [UInt8]) -> Bool {
        let isBracketed = sentBy.first == UInt8(ascii: "[")
        return (isBracketed ? sentBy.dropFirst().dropLast() : sentBy).elementsEqual(source)
    }

    /// Cuts at semicolons; a Via has none inside quotes but in extensions that we would have to keep whole.
    private static func parts(of via: SIPBytes) -> [SIPBytes] {
        var parts: [SIPBytes] = []
        var start = via.startIndex
        var isQuoted = false
        for index in via.indices {
            if via[index] == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if via[index] == UInt8(ascii: ";"), !isQuoted {
                parts.append(via[start..<index])
                start = index + 1
            }
        }
        parts.append(via[start...])
        return parts
    }

    /// What a peer claims about its own source has no weight.
    private static func isOurs(_ part: SIPBytes) -> Bool {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let start = part.firstIndex { !isBlank($0) } ?? part.endIndex
        let name = part[start...].prefix { $0 != UInt8(ascii: "=") && !isBlank($0) }
        return SIPText.equalsIgnoringCase(name, "rport") || SIPText.equalsIgnoringCase(name, "received")
    }
}
