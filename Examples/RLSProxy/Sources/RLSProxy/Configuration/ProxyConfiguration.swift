// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import RLSCore
package import SIPMessage

/// Everything that the proxy is told on its command line.
package struct ProxyConfiguration: Sendable {
    /// Where to listen. Default UDP and TCP on 127.0.0.1:5060.
    package var listen: [ListenAddress] = [
        ListenAddress(.udp, host: "127.0.0.1", port: 5060), ListenAddress(.tcp, host: "127.0.0.1", port: 5060),
    ]
    /// Host, and perhaps port, for Contact, Via and Record-Route; nil: the listening address.
    package var advertise: HostAndPort?
    /// Domains served here; empty: every domain.
    package var domains: [String] = []
    /// Where SUBSCRIBE and PUBLISH that are not the list server's go; nil: the built-in presence agent.
    package var presenceServer: SIPURI?
    /// Event loops. Default 1.
    package var threads = 1
    /// The list server's configuration. Its domains and presence server are set from those above.
    package var lists = RLSConfiguration()
    /// The timers of all transactions.
    package var timers = SIPTimers()
    /// What becomes of list dialogs at shutdown: with a store they stay by default; without one all are ended.
    package var shutdown = RLSShutdown.keepDialogs
    /// How long the end may take at shutdown. Default 20 s.
    package var shutdownTime: Duration = .seconds(20)

    /// Creates the default configuration.
    package init() {}
}
