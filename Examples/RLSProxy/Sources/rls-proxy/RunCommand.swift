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

    @OptionGroup(title: "Where list subscriptions are kept")
    var storage: StoreOptions

    @OptionGroup(title: "The list server")
    var server: ListServerOptions

    @Option(
        help: "Least severe messages logged: trace, debug, info, notice, warning, error or critical. Default info.",
        transform: LogLevel.parse
    )
    var logLevel = Logger.Level.info

    @Option(help: "Longest time for the end at SIGTERM: goodbyes to subscribers and presence servers.")
    var shutdownTime = Seconds(20)

    func validate() throws {
        guard self.storage.database == nil || self.lists.isGiven else {
            throw ValidationError(
                "--database keeps list subscriptions: it needs --lists, --xcap-root or --xcap-database"
            )
        }
    }

    func run() async throws {
        var logger = Logger(label: "rls-proxy", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = self.logLevel
        var configuration = ProxyConfiguration()
        self.sockets.apply(to: &configuration)
        self.server.apply(to: &configuration)
        self.storage.apply(to: &configuration)
        configuration.shutdownTime = self.shutdownTime.duration
        let source = try self.lists.open()
        let store = try self.storage.open()
        let outcome: Result<Void, any Error>
        do {
            try await store?.verify(logger: logger)
            try await self.serve(configuration, source, store, logger)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        // Last: the list server has written and asked what it had to.
        await source?.shutdown()
        store?.shutdown()
        try outcome.get()
    }

    private func serve(
        _ configuration: ProxyConfiguration,
        _ source: ListSource?,
        _ store: ListStore?,
        _ logger: Logger
    ) async throws {
        logger.info("lists", metadata: ["rls_source": "\(source?.description ?? "none")"])
        logger.info("list subscriptions", metadata: ["rls_store": "\(store?.description ?? "memory")"])
        let proxy = SIPProxy(
            configuration: configuration,
            resolver: source?.resolver,
            store: store?.store,
            observer: StoreLog(logger: logger),
            logger: logger
        )
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
