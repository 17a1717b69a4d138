// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOConcurrencyHelpers
import NIOCore
import RLSCore
import SIPMessage

/// The presence agent behind a lock, for all event loops.
final class PresenceService: Sendable {
    private let agent: NIOLockedValueBox<PresenceAgent>

    init(limits: PresenceAgent.Limits) {
        self.agent = NIOLockedValueBox(
            PresenceAgent(limits: limits, now: .now(), random: { UInt64.random(in: .min ... .max) })
        )
    }

    func publish(_ request: SIPRequest) -> PresenceAgent.Outcome {
        self.agent.withLockedValue { $0.publish(request, now: .now()) }
    }

    func subscribe(
        _ request: SIPRequest,
        from watcher: PresenceSubscription.Watcher,
        contact: String
    ) -> PresenceAgent.Outcome {
        self.agent.withLockedValue { $0.subscribe(request, from: watcher, contact: contact, now: .now()) }
    }

    func expire() -> [PresenceNotification] {
        self.agent.withLockedValue { $0.deadlineReached(now: .now()) }
    }

    func notifyFailed(_ tag: String, status: Int?) {
        self.agent.withLockedValue { $0.notifyFailed(tag, status: status) }
    }
}
