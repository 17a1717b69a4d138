// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser
import RLSCore
import RLSProxy
import SIPMessage

/// The list server's behaviour; named as the parameters of OpenSIPS' rls module where those exist.
struct ListServerOptions: ParsableArguments {
    @Option(help: "Domain served here, repeatable. Default every domain.")
    var domain: [String] = []

    @Option(
        help: ArgumentHelp(
            "Outbound proxy of back-end SUBSCRIBEs. Default the built-in presence agent.",
            valueName: "uri"
        ),
        transform: { try SIPURI($0) }
    )
    var presenceServer: SIPURI?

    @Option(help: "How long changes are collected for one NOTIFY.")
    var waitnTime = Seconds(5)

    @Option(help: "Shortest subscription; a fraction is rounded up.")
    var minExpires = Seconds(60)

    @Option(help: "Longest subscription; a fraction is rounded up.")
    var maxExpires = Seconds(7200)

    @Option(help: "Back-end SUBSCRIBEs per second, all together.")
    var backendRate = 2000

    @Option(help: "Event package served, repeatable. Default presence.")
    var rlsEvent: [String] = []

    @Option(help: "Code of a SUBSCRIBE that is not for the list server.")
    var toPresenceCode = 10

    @Option(help: "User part of the list server's Contacts.")
    var contactUser = "rls"

    @Option(
        help: ArgumentHelp(
            "How the User-Agent begins of phones that read only the form of NOTIFY that old linphones know, repeatable.",
            valueName: "prefix"
        )
    )
    var legacyUserAgent: [String] = []

    @Option(help: "Number of this node in tags and Call-IDs.")
    var node: UInt16 = 0

    @Option(help: "Independent parts of the list server, each with its own lock.")
    var shards = 4

    func validate() throws {
        guard self.minExpires.duration <= self.maxExpires.duration else {
            throw ValidationError("--min-expires is larger than --max-expires")
        }
        guard self.backendRate > 0 else { throw ValidationError("--backend-rate: more than 0") }
        guard (1...256).contains(self.shards) else { throw ValidationError("--shards: 1 to 256") }
    }

    func apply(to configuration: inout ProxyConfiguration) {
        configuration.domains = self.domain
        configuration.presenceServer = self.presenceServer
        configuration.lists.waitnTime = self.waitnTime.duration
        configuration.lists.minExpires = self.minExpires.whole
        configuration.lists.maxExpires = self.maxExpires.whole
        configuration.lists.backendRate = self.backendRate
        if !self.rlsEvent.isEmpty {
            configuration.lists.eventPackages = self.rlsEvent.map(RLSEventPackage.named)
        }
        configuration.lists.toPresenceCode = self.toPresenceCode
        configuration.lists.contactUser = self.contactUser
        configuration.lists.legacyUserAgents = self.legacyUserAgent
        configuration.lists.node = self.node
        configuration.lists.shards = self.shards
    }
}
