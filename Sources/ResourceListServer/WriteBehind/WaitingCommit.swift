// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// A change of a list dialog whose SUBSCRIBE, or wake-up, waits for the store.
struct WaitingCommit {
    struct ID: Hashable, Sendable {
        var number: UInt64
    }

    var ticket: RLSCommitTicket
    var changes: [RLSRecordChange]
    var continuation: CheckedContinuation<[RLSAction], Never>

    var dialog: RLSDialogKey? { self.changes.first?.dialog }
}

/// How a waiting commit ended.
enum CommitResult {
    /// It is in the store.
    case written
    /// The store refused this record, and has written all others.
    case rejected
    /// The store could not write.
    case failed
    /// The time limit has passed. `mayLand`: it was running and may still succeed.
    case givenUp(mayLand: Bool)
}
