// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import ResourceListServer
import ServiceLifecycle
import UnixSignals

/// Reads the lists of all dialogs again at each SIGHUP, as OpenSIPS does at `rls:update_subscriptions`.
package struct ListReload: Service {
    private let proxy: SIPProxy

    /// Creates the service.
    package init(of proxy: SIPProxy) {
        self.proxy = proxy
    }

    /// Waits for signals until a graceful shutdown.
    package func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            self.proxy.logger.info("reading lists again")
            await self.proxy.lists?.updateSubscriptions(of: nil)
        }
    }
}
