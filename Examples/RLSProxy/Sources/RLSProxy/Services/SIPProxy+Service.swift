// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOCore
import ResourceListServer
import RLSCore
import ServiceLifecycle

extension SIPProxy: Service {
    /// Opens the sockets and serves until a graceful shutdown has ended.
    package func run() async throws {
        _ = try await self.start()
        try await self.serve()
    }

    /// Serves, with open sockets, until a graceful shutdown has ended.
    package func serve() async throws {
        do {
            if let lists = self.lists {
                try await withGracefulShutdownHandler {
                    try await self.run(lists)
                } onGracefulShutdown: {
                    self.logger.info("shutting down")
                    lists.beginShutdown(self.configuration.shutdown, within: self.configuration.shutdownTime)
                }
            } else {
                try await gracefulShutdown()
            }
        } catch is CancellationError {
            // Stopped at once: what is open is closed all the same.
        }
        await self.stop()
    }

    /// Lets the last NOTIFYs find their answers, then closes everything.
    private func stop() async {
        let patience = ContinuousClock.now.advanced(by: .seconds(2))
        while self.transactions.isBusy, ContinuousClock.now < patience {
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        await self.transport.close()
        try? await self.transport.group.shutdownGracefully()
    }
}
