// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser
package import RLSProxy

/// Where the proxy listens and what it tells peers.
struct SocketOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to listen, repeatable: udp:HOST:PORT or tcp:HOST:PORT. Default udp and tcp on 127.0.0.1:5060.",
            valueName: "address"
        )
    )
    var listen: [ListenAddress] = []

    @Option(
        help: ArgumentHelp(
            "Host for Contact, Via and Record-Route. Default the listening address.",
            valueName: "host[:port]"
        )
    )
    var advertise: HostAndPort?

    @Option(help: "Event loops, each with a UDP socket of its own.")
    var threads = 1

    func validate() throws {
        guard (1...256).contains(self.threads) else { throw ValidationError("--threads: 1 to 256") }
    }

    func apply(to configuration: inout ProxyConfiguration) {
        if !self.listen.isEmpty {
            configuration.listen = self.listen
        }
        configuration.advertise = self.advertise
        configuration.threads = self.threads
    }
}

extension ListenAddress: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(argument)
    }
}

extension HostAndPort: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(argument)
    }
}
