// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import RLSCore
import ResourceListServer

/// Tells an operator what a start has brought back.
struct StoreLog: RLSObserver {
    let logger: Logger

    func event(_ event: RLSEvent) {
        guard event.kind == .restored else { return }
        self.logger.info("list subscriptions restored", metadata: ["rls_count": "\(event.count)"])
    }
}
