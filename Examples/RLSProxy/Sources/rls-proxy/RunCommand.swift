// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser
import Logging
import RLSProxy
import ServiceLifecycle
import UnixSignals

/// Runs the proxy until SIGTERM or SIGINT. SIGHUP reads all lists again.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the proxy until SIGTERM; SIGHUP reads all lists again. Times are seconds, fractions allowed."
    )

    @OptionGroup(title: "Sockets")
    var sockets: SocketOptions

    @OptionGroup(title: "Where lists come from")
    var lists: ListSourceOptions

    @OptionGroup(title: "The list server")
    var server: ListServerOptions

    @Option(
        help: "Least severe messages logged: trace, debug, info, notice, warning, error or critical. Default info.",
        transform: LogLevel.parse
    )
    var logLevel = Logger.Level.info

    @Option(help: "Longest time for ending all list subscriptions at SIGTERM.")
    var shutdownTime = Seconds(20)

    func run() async throws {
        var logger = Logger(label: "rls-proxy", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = self.logLevel
        var configuration = ProxyConfiguration()
        self.sockets.apply(to: &configuration)
        self.server.apply(to: &configuration)
        configuration.shutdownTime = self.shutdownTime.duration
        let proxy = SIPProxy(configuration: configuration, resolver: try self.lists.makeResolver(), logger: logger)
        let services = ServiceGroup(
            services: [proxy, ListReload(of: proxy)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await services.run()
    }
}

enum LogLevel {
    static func parse(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else { throw ValidationError("no log level: \(text)") }
        return level
    }
}
