// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

extension ProxyConfiguration {
    /// The list server's configuration, with what it shares with the proxy.
    var listConfiguration: RLSConfiguration {
        var lists = self.lists
        lists.presenceServer = self.presenceServer
        lists.servedDomains = self.domains.isEmpty ? nil : self.domains
        // RFC 6665 §4.1.2.4: Timer N is 64*T1, as Timer F.
        lists.timerN = self.timers.transactionLife
        return lists
    }
}
