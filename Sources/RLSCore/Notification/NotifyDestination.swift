// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Where the NOTIFYs of a list dialog go.
enum NotifyDestination {
    /// The next hop: the first route, else the Contact, or the source when the phone stands behind a NAT.
    ///
    /// - Parameter wantsStream: the NOTIFY is too large for UDP by the operator's choice.
    static func destination(of dialog: ListDialog, firstHop: SIPURI?, wantsStream: Bool) -> RLSDestination {
        if let firstHop {
            return .uri(firstHop)
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
