// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

extension ProxyConfiguration {
    /// The list server's configuration, with what it shares with the proxy.
    var listConfiguration: RLSConfiguration {
        var lists = self.lists
        lists.presenceServer = self.presenceServer
        lists.servedDomains = self.domains.isEmpty ? nil : self.domains
        return lists
    }
}
