// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

/// Where a SUBSCRIBE goes, decided without any state.
public enum RLSSubscribeRoute: Sendable {
    /// Without To tag: it may begin a list subscription in this shard.
    case initial(shard: Int)
    /// With To tag: the dialog, if there is one, lives in this shard.
    case inDialog(shard: Int)
    /// Decided: not ours, or refused.
    case answer([RLSAction])
}

/// Where a NOTIFY goes, decided without any state.
public enum RLSNotifyRoute: Sendable {
    /// Our tag names this shard.
    case shard(Int)
    /// Decided.
    case answer([RLSAction])
}

/// Whether a SUBSCRIBE that is known to be ours passes the checks before authorisation.
public enum RLSAdmission: Sendable {
    /// Refused.
    case refuse([RLSAction])
    /// Ask the authoriser.
    case proceed
}

/// What follows from the authoriser's verdict.
public enum RLSAuthorizedAdmission: Sendable {
    /// Refused.
    case refuse([RLSAction])
    /// Fetch the list.
    case resolve
    /// Accepted without a list: pending, or politely blocked.
    case acceptWithoutList
}

/// A prepared change.
public enum RLSPreparation: Sendable {
    /// Finished; nothing has to be stored first.
    case done([RLSAction])
    /// Store these changes, then confirm or abort.
    case commit(RLSCommitTicket, [RLSRecordChange])
}

/// The beginning of a SUBSCRIBE inside a dialog.
public enum RLSRefreshStart: Sendable {
    /// Answered.
    case answer([RLSAction])
    /// Another SUBSCRIBE of this dialog is being handled: begin again when it has ended.
    case wait(RLSDialogID)
    /// The dialog is reserved; ask the authoriser and the resolver as the ticket says.
    case proceed(RLSDialogTicket)
}

/// A list dialog whose list is to be asked for again.
public struct RLSDialogTicket: Sendable {
    /// Why.
    public enum Purpose: Sendable, Hashable {
        /// The watcher refreshes.
        case refresh
        /// The watcher unsubscribes.
        case unsubscribe
        /// The list may have changed, or `updateSubscriptions` was called.
        case recheck
        /// A restored dialog is to be served again.
        case wake
    }

    /// The dialog.
    public let dialog: RLSDialogID
    /// Why it is handled.
    public let purpose: Purpose
    /// Request-URI of the first SUBSCRIBE.
    public let uri: SIPURI
    /// Event package.
    public let event: String
    /// The watcher.
    public let watcher: SIPURI
    /// The service; nil when it has to be found first.
    public let service: RLSListService?
    /// The version of the list that the dialog holds.
    public let known: RLSListVersion?
    /// Ask the authoriser.
    public let needsVerdict: Bool
    /// Ask the resolver.
    public let needsList: Bool
}

/// What the resolver said about the list of a ticket.
public enum RLSListAnswer: Sendable {
    /// A list.
    case list(RLSListService, RLSResolvedList)
    /// Nothing changed.
    case unchanged
    /// The service no longer exists.
    case gone
    /// The resolver could not answer.
    case failed(retryAfter: Duration?)
    /// It was not asked.
    case notAsked
}

/// Which list dialogs a change may concern.
public enum RLSListScope: Sendable, Hashable {
    /// Those made from these documents.
    case documents([String])
    /// Those of lists of this owner.
    case owner(SIPURI)
    /// All.
    case everything
}

/// How an orderly end treats list dialogs.
public enum RLSShutdown: Sendable, Hashable {
    /// They stay in the store; watchers are told nothing.
    case keepDialogs
    /// Watchers are told `deactivated` and subscribe elsewhere (RFC 6665 §4.4.2).
    case endDialogs
}
