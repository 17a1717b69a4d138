// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOConcurrencyHelpers

/// What is known only once the sockets are open.
final class Running: Sendable {
    private let box = NIOLockedValueBox(ServedDomains(names: [], addresses: []))

    var domains: ServedDomains {
        get { self.box.withLockedValue { $0 } }
        set { self.box.withLockedValue { $0 = newValue } }
    }
}
