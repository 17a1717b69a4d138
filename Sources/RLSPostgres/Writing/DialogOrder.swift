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

    private struct Dialog: Sendable {
        var prefix: UInt64
        var key: RLSDialogKey

        init(_ key: RLSDialogKey) {
            self.prefix = key.prefix
            self.key = key
        }

        func isWritten(before other: Dialog) -> Bool {
            self.prefix == other.prefix ? self.key.isWritten(before: other.key) : self.prefix < other.prefix
        }
    }

    /// Sorted; each is there once.
    private var dialogs: [Dialog] = []
    /// Of the dialog of each change.
    private(set) var ranks: [Rank] = []

    init() {}

    init(of batch: [RLSRecordChange]) {
        // Changes of one dialog mostly stand together: the first of them stands for all.
        var runs: [(dialog: Dialog, changes: Range<Int>)] = []
        runs.reserveCapacity(batch.count)
        for index in batch.indices {
            let key = batch[index].dialog
            if let last = runs.last, last.dialog.key == key {
                runs[runs.count - 1].changes = last.changes.lowerBound..<index + 1
            } else {
                runs.append((Dialog(key), index..<index + 1))
            }
        }
        runs.sort { $0.dialog.isWritten(before: $1.dialog) }
        self.ranks = [Rank](repeating: 0, count: batch.count)
        self.dialogs.reserveCapacity(runs.count)
        for run in runs {
            if self.dialogs.last?.key != run.dialog.key {
                self.dialogs.append(run.dialog)
            }
            for index in run.changes {
                self.ranks[index] = self.dialogs.count - 1
            }
        }
    }
}

extension DialogOrder {
    /// Whether no dialog is in both batches.
    func isDisjoint(with other: DialogOrder) -> Bool {
        var left = self.dialogs[...]
        var right = other.dialogs[...]
        while let mine = left.first, let theirs = right.first {
            if mine.isWritten(before: theirs) {
                left.removeFirst()
            } else if theirs.isWritten(before: mine) {
                right.removeFirst()
            } else {
                return false
            }
        }
        return true
    }

    /// Takes in the dialogs of another batch; ``ranks`` say nothing any more.
    mutating func formUnion(_ other: DialogOrder) {
        var right = other.dialogs[...]
        var all: [Dialog] = []
        all.reserveCapacity(self.dialogs.count + right.count)
        for mine in self.dialogs {
            while let theirs = right.first, !mine.isWritten(before: theirs) {
                right.removeFirst()
                if theirs.isWritten(before: mine) {
                    all.append(theirs)
                }
            }
            all.append(mine)
        }
        self.dialogs = all + right
        self.ranks = []
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
