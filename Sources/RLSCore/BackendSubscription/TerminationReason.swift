// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Why a presence server ended a subscription, and what the subscriber does then (RFC 6665 §4.1.3).
struct TerminationReason {
    enum Effect: Hashable {
        /// Subscribe again at once; what is shown stays.
        case renew
        /// Show it as terminated and try again after a pause.
        case retryLater
        /// Show it as terminated and do not try again by time.
        case stop(keepsState: Bool)
    }

    /// As it is shown to the watcher; never empty (R4662-76).
    let token: String
    let effect: Effect

    init(_ reason: SIPBytes?) {
        // S-INJECT: only a token is passed on; whatever else it says is as good as no reason.
        let token = reason.flatMap { SIPText.isToken($0) ? String(decoding: $0, as: UTF8.self).lowercased() : nil }
        self.token = token ?? "giveup"
        switch token {
        case "deactivated", "timeout":
            // We did not let it lapse, so `timeout` is as good as `deactivated`.
            self.effect = .renew
        case "rejected", "noresource", "badfilter":
            self.effect = .stop(keepsState: false)
        case "invariant":
            // The state is final and stays valid.
            self.effect = .stop(keepsState: true)
        case "probation", "giveup":
            self.effect = .retryLater
        default:
            self.effect = .retryLater
        }
    }
}
