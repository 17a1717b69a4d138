// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Request-URI and Route of a request in a dialog (RFC 3261 §12.2.1.1).
struct DialogRouting {
    let requestURI: [UInt8]
    /// Values of Route, in order.
    let routes: [String]
    /// The first of the route set, where the request goes first; nil without one that can be read.
    let firstHop: SIPURI?

    /// Whether the request has a sips URI ahead.
    var isSecure: Bool {
        self.requestURI.starts(with: "sips:".utf8) || self.firstHop?.scheme == .sips
    }

    init(target: SIPURI, routeSet: [String]) {
        guard let first = routeSet.first else {
            self.requestURI = target.bytes
            self.routes = []
            self.firstHop = nil
            return
        }
        self.firstHop = (try? SIPNameAddr(parsing: Array(first.utf8)[...]))?.uri
        guard let hop = self.firstHop, !hop.isLooseRouter else {
            self.requestURI = target.bytes
            self.routes = routeSet
            return
        }
        // A strict router: it becomes the Request-URI, and the target the last Route (R3261-04).
        self.requestURI = Self.requestURI(of: hop)
        self.routes = routeSet.dropFirst() + ["<\(target.text)>"]
    }

    /// Without the parts that a Request-URI may not have (R3261-35).
    private static func requestURI(of uri: SIPURI) -> [UInt8] {
        let bytes = uri.bytes.prefix { $0 != UInt8(ascii: "?") }
        // A user part may hold semicolons of its own.
        let host = bytes.lastIndex(of: UInt8(ascii: "@")) ?? bytes.startIndex
        let pieces = bytes[host...].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        let kept = pieces.filter { !String(decoding: $0, as: UTF8.self).lowercased().hasPrefix("method=") }
        return bytes[..<host] + Array(kept.joined(separator: ";".utf8))
    }
}
