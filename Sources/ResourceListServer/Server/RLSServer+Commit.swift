// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

extension RLSServer {
    /// How a prepared change goes on after the lock of its shard is open.
    enum Continuation: Sendable {
        case done([RLSAction], FollowUp?)
        /// Confirmed already, and the first of what waits to be written behind.
        case firstWrittenBehind([RLSAction], within: Duration, FollowUp?)
        case commit(RLSCommitTicket, [RLSRecordChange])
    }

    /// Confirms a change at once when nothing has to be stored before.
    ///
    /// - Parameters:
    ///   - mustStore: also with `.writeBehind`: numbers after a restart are stored before they are used, always.
    ///   - dialog: its handling ends with a preparation that is done.
    func continuation(
        _ preparation: RLSPreparation,
        of dialog: RLSDialogID?,
        mustStore: Bool,
        _ shard: inout Shard,
        _ now: RLSInstant
    ) -> Continuation {
        switch preparation {
        case .done(let actions):
            return .done(actions, dialog.map { shard.handlingEnded(of: $0, now: now) })
        case .commit(let ticket, let changes):
            guard let writeBehind = self.writeBehind, !changes.isEmpty else {
                let actions = shard.engine.confirm(ticket, now: now)
                return .done(actions, shard.handlingEnded(of: ticket.dialog, now: now))
            }
            switch self.configuration.durability {
            case .writeBehind(let interval) where !mustStore:
                let isFirst = writeBehind.append(changes)
                let actions = shard.engine.confirm(ticket, now: now)
                let followUp = shard.handlingEnded(of: ticket.dialog, now: now)
                return isFirst ? .firstWrittenBehind(actions, within: interval, followUp) : .done(actions, followUp)
            case .beforeReply, .writeBehind:
                return .commit(ticket, changes)
            }
        }
    }

    /// Stores what has to be stored, and lets those go on who waited for the dialog.
    func finish(_ continuation: Continuation) async -> [RLSAction] {
        switch continuation {
        case .done(let actions, let followUp):
            if let followUp {
                self.shards.follow(followUp)
            }
            return actions
        case .firstWrittenBehind(let actions, let interval, let followUp):
            self.writeBehind?.flush(within: interval)
            if let followUp {
                self.shards.follow(followUp)
            }
            return actions
        case .commit(let ticket, let changes):
            return await self.writeBehind?.commit(ticket, changes) ?? []
        }
    }
}
