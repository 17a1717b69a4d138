// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Whose name a back-end SUBSCRIBE carries.
enum BackendIdentity {
    /// The watcher's, except that a watcher of a foreign domain does not lend us its identity: the presence server
    /// could not know whether that is true (RFC 4662 §7.1.2, R4662-121).
    static func uri(for watcher: SIPURI, configuration: RLSConfiguration) -> String {
        guard let domains = configuration.servedDomains, let own = domains.first else { return watcher.text }
        let host = watcher.host.lowercased()
        guard !domains.contains(where: { $0.lowercased() == host }) else { return watcher.text }
        return "sip:\(configuration.contactUser)@\(own)"
    }
}
