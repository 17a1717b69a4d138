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
    static func forBackend(_ path: SIPPath, isSecure: Bool, configuration: RLSConfiguration) -> String {
        if let contact = configuration.backendContact {
            return "<\(contact.text)>"
        }
        return "<\(isSecure ? "sips" : "sip"):\(configuration.contactUser)@\(path.local)>"
    }

    /// R3261-19: sips when the Request-URI, or the top Record-Route, or without one the Contact is sips.
    private static func isSecure(_ subscribe: RLSSubscribe) -> Bool {
        if subscribe.uri?.scheme == .sips {
            return true
        }
        if let top = (try? subscribe.request.recordRoutes)?.first {
            return top.uri.scheme == .sips
        }
        return subscribe.contact?.scheme == .sips
    }
}
