// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage

/// Notes in the top Via where a request really came from (RFC 3261 §18.2.1, RFC 3581 §4).
enum ViaStamp {
    /// Adds `received` when the sent-by is not the source, and fills an empty `rport`.
    static func stamp(_ request: inout SIPRequest, via: SIPVia, source: SocketAddress) {
        guard let address = source.ipAddress, let port = source.port else { return }
        let sentBy = via.host.hasPrefix("[") ? String(via.host.dropFirst().dropLast()) : via.host
        guard via.hasRport || sentBy != address else { return }
        guard let row = request.headers.values(.via).first else { return }

        var stamped: [UInt8] = []
        for part in Self.parts(of: row) where !Self.isOurs(part) {
            if !stamped.isEmpty {
                stamped.append(UInt8(ascii: ";"))
            }
            stamped.append(contentsOf: part)
        }
        if via.hasRport {
            stamped.append(contentsOf: ";rport=\(port)".utf8)
        }
        stamped.append(contentsOf: ";received=\(address)".utf8)
        request.headers.removeFirstValue(.via)
        request.headers.prepend(.via, stamped[...])
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
        let name = part.prefix { $0 != UInt8(ascii: "=") }
        let text = String(decoding: name, as: UTF8.self).lowercased().filter { $0 != " " && $0 != "\t" }
        return text == "rport" || text == "received"
    }
}
