// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore

/// The dialogs of a batch in the order of their keys.
///
/// They are sorted and not hashed: an order is needed anyway, and the first bytes of the Call-IDs tell it nearly always.
struct DialogOrder: Sendable {
    /// The place of a dialog among those of its batch.
    typealias Rank = Int

    /// Changes of one dialog that stand together; numbers only, so that sorting moves no strings.
    private struct Run: Sendable {
        var prefix: UInt64
        /// In `keys`.
        var key: Int
        var firstChange: Int
    }

    /// In the order of the batch; one that comes again is there again.
    private var keys: [RLSDialogKey] = []
    private var sorted: [Run] = []
    /// Of the dialog of each change.
    private(set) var ranks: [Rank] = []

    /// No dialogs.
    init() {}

    init(of batch: [RLSRecordChange]) {
        self.keys.reserveCapacity(batch.count)
        self.sorted.reserveCapacity(batch.count)
        for index in batch.indices {
            switch batch[index] {
            case .putDialog(let dialog, known: _): self.append(dialog.key, index)
            case .putState(let state, known: _): self.append(state.dialog, index)
            case .deleteDialog(let key), .deleteState(let key, resourceURI: _): self.append(key, index)
            }
        }
        let ends = self.sorted.dropFirst().map(\.firstChange) + [batch.count]
        self.sorted.sort { [keys = self.keys] in Self.isBefore($0, keys, $1, keys) }
        self.ranks = [Rank](repeating: 0, count: batch.count)
        var rank = -1
        for (place, run) in self.sorted.enumerated() {
            if place == 0 || self.keys[self.sorted[place - 1].key] != self.keys[run.key] {
                rank += 1
            }
            for index in run.firstChange..<ends[run.key] {
                self.ranks[index] = rank
            }
        }
    }

    private mutating func append(_ key: RLSDialogKey, _ index: Int) {
        if let last = self.keys.indices.last, self.keys[last] == key { return }
        self.sorted.append(Run(prefix: key.prefix, key: self.keys.count, firstChange: index))
        self.keys.append(key)
    }

    private static func isBefore(
        _ left: Run,
        _ leftKeys: [RLSDialogKey],
        _ right: Run,
        _ rightKeys: [RLSDialogKey]
    ) -> Bool {
        left.prefix == right.prefix
            ? leftKeys[left.key].isWritten(before: rightKeys[right.key]) : left.prefix < right.prefix
    }

    /// Whether no dialog is in both batches.
    func isDisjoint(with other: DialogOrder) -> Bool {
        var left = self.sorted[...]
        var right = other.sorted[...]
        while let mine = left.first, let theirs = right.first {
            if Self.isBefore(mine, self.keys, theirs, other.keys) {
                left.removeFirst()
            } else if Self.isBefore(theirs, other.keys, mine, self.keys) {
                right.removeFirst()
            } else {
                return false
            }
        }
        return true
    }
}

extension RLSDialogKey {
    /// The first eight bytes of the Call-ID: mostly they tell the order, and numbers are quick to compare.
    fileprivate var prefix: UInt64 {
        var prefix: UInt64 = 0
        var shift: UInt64 = 64
        for byte in self.callID.utf8.prefix(8) {
            shift -= 8
            prefix |= UInt64(byte) << shift
        }
        return prefix
    }

    fileprivate func isWritten(before other: RLSDialogKey) -> Bool {
        (self.callID, self.watcherTag, self.localTag) < (other.callID, other.watcherTag, other.localTag)
    }
}
#endif
