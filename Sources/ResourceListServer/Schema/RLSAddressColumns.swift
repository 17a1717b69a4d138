// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// User and domain of an address of record, the two columns in which the documented tables keep it.
package struct RLSAddressColumns: Sendable, Hashable {
    package var user: String
    package var domain: String

    package init(user: String = "", domain: String = "") {
        self.user = user
        self.domain = domain
    }

    /// User and host of a URI, as written. Whether they are all of it shows in uri.
    package init(_ uri: String) {
        guard let parsed = try? SIPURI(uri) else {
            self.init()
            return
        }
        self.init(user: parsed.user ?? "", domain: parsed.host)
    }

    /// The URI that the columns say.
    package var uri: String { self.user.isEmpty ? "sip:\(self.domain)" : "sip:\(self.user)@\(self.domain)" }
}
