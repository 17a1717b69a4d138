// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Where the NOTIFYs of a list dialog go (RFC 3261 §12.2.1.1).
struct NotifyRouting {
    let requestURI: [UInt8]
    /// Values of Route, in order.
    let routes: [String]

    init(_ dialog: ListDialog) {
        self.init(target: dialog.remoteTarget, routeSet: dialog.routeSet)
    }

    init(target: SIPURI, routeSet: [String]) {
        guard let first = routeSet.first else {
            self.requestURI = target.bytes
            self.routes = []
            return
        }
        guard let hop = try? SIPNameAddr(parsing: Array(first.utf8)[...]), !hop.uri.isLooseRouter else {
            self.requestURI = target.bytes
            self.routes = routeSet
            return
        }
        // A strict router: it becomes the Request-URI, and the target the last Route (R3261-04).
        self.requestURI = Self.requestURI(of: hop.uri)
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

    /// The next hop: the first route, else the Contact, or the source when the phone stands behind a NAT.
    ///
    /// - Parameter wantsStream: the NOTIFY is too large for UDP by the operator's choice.
    static func destination(of dialog: ListDialog, wantsStream: Bool = false) -> RLSDestination {
        if let first = dialog.routeSet.first, let hop = try? SIPNameAddr(parsing: Array(first.utf8)[...]) {
            return .uri(hop.uri)
        }
        let path = dialog.path
        if path.transport.isReliable {
            return .flow(path)
        }
        let contact = dialog.remoteTarget
        if wantsStream, let stream = Self.overTCP(contact) {
            return .uri(stream)
        }
        let isSource = contact.host == path.remote.uriHost && (contact.port ?? 5060) == path.remote.port
        guard !isSource, Self.isNumeric(contact.host) else { return .uri(contact) }
        return .flow(path)
    }

    /// The Contact with `transport=tcp`; nil when it names a transport itself.
    private static func overTCP(_ contact: SIPURI) -> SIPURI? {
        guard contact.scheme == .sip, contact.parameter("transport") == nil else { return nil }
        let parts = contact.text.split(separator: "?", maxSplits: 1)
        let headers = parts.count > 1 ? "?\(parts[1])" : ""
        return try? SIPURI("\(parts[0]);transport=tcp\(headers)")
    }

    private static func isNumeric(_ host: String) -> Bool {
        host.hasPrefix("[") || host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
    }
}
