// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

extension SimulatedWorld {
    /// Milliseconds that an authoriser or a resolver takes.
    func plugDelay() -> Int { self.random.chance(0.05) ? self.random.pick(50...900) : self.random.pick(0...10) }

    /// Whether the store refuses this record.
    func rejects(_ change: RLSRecordChange, isAwaited: Bool) -> Bool {
        guard self.store.isRejecting else { return false }
        switch change {
        case .putDialog: return isAwaited && self.random.chance(0.5)
        case .putState: return self.random.chance(0.5)
        case .deleteDialog, .deleteState: return false
        }
    }

    /// Milliseconds that a commit takes.
    func storeDelay() -> Int { self.store.isStalled ? self.random.pick(500...6000) : self.random.pick(1...20) }
}
