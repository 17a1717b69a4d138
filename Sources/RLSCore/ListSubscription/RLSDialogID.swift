// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Names a list dialog for as long as it lives.
public struct RLSDialogID: Sendable, Hashable, BitwiseCopyable {
    var shard: UInt8
    var slot: UInt32
    var nonce: UInt64

    /// The shard that holds the dialog.
    public var shardIndex: Int { Int(self.shard) }
}

/// Names a change that waits for the store.
public struct RLSCommitTicket: Sendable, Hashable {
    /// The list dialog.
    public let dialog: RLSDialogID
}
