// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Our Contacts, made from the way that a request came.
enum LocalContact {
    /// Contact in a list dialog: reaches this server over the transport that the watcher used.
    static func forWatcher(_ subscribe: RLSSubscribe, configuration: RLSConfiguration) -> String {
        let path = subscribe.path
        let isSecure = Self.isSecure(subscribe)
        var contact = "<\(isSecure ? "sips" : "sip"):\(configuration.contactUser)@\(path.local)"
        switch path.transport {
        case .udp: break
        case .tcp: contact += ";transport=tcp"
        case .tls: contact += isSecure ? ";transport=tcp" : ";transport=tls"
        case .ws, .wss: contact += ";transport=ws"
        }
        return contact + ">"
    }

    /// Contact of a back-end subscription; without transport, so that the presence server chooses.
    static func writeForBackend(
        _ path: SIPPath,
        isSecure: Bool,
        configuration: RLSConfiguration,
        into output: inout [UInt8]
    ) {
        output.append(UInt8(ascii: "<"))
        if let contact = configuration.backendContact {
            let needsScheme = isSecure && contact.scheme == .sip
            output.append(contentsOf: needsScheme ? "sips".utf8 : "".utf8)
            output.append(contentsOf: contact.text.utf8.dropFirst(needsScheme ? "sip".utf8.count : 0))
        } else {
            output.append(contentsOf: (isSecure ? "sips:" : "sip:").utf8)
            output.append(contentsOf: configuration.contactUser.utf8)
            output.append(UInt8(ascii: "@"))
            output.append(contentsOf: path.local.uriHost.utf8)
            output.append(UInt8(ascii: ":"))
            SIPText.writeDecimal(UInt64(path.local.port), into: &output)
        }
        output.append(UInt8(ascii: ">"))
    }

    /// R3261-19: sips when the Request-URI or the top Record-Route is sips (RFC 3261 §12.1.1), or the Contact, which is
    /// the Request-URI of our NOTIFYs (§8.1.1.8).
    private static func isSecure(_ subscribe: RLSSubscribe) -> Bool {
        subscribe.uri?.scheme == .sips || subscribe.contact?.scheme == .sips
            || (try? subscribe.request.recordRoutes)?.first?.uri.scheme == .sips
    }
}
