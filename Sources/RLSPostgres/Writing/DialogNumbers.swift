// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore

/// The dialogs of a batch, numbered as they come: a number is cheaper to look up and to compare than a key of three strings.
struct DialogNumbers {
    typealias Number = Int

    private var numbers: [RLSDialogKey: Number]
    private var last: (key: RLSDialogKey, number: Number)?

    init(ofBatch count: Int) {
        self.numbers = Dictionary(minimumCapacity: count)
    }

    mutating func number(of key: RLSDialogKey) -> Number {
        // Changes of one dialog mostly stand together.
        if let last = self.last, last.key == key { return last.number }
        let next = self.numbers.count
        let number = Self.value(of: &self.numbers[key, default: next])
        self.last = (key, number)
        return number
    }

    /// Reads a dictionary's value in place, which puts the default there, with one look-up for both.
    private static func value(of number: inout Number) -> Number { number }

    /// The places of all dialogs in the order of their keys, by number.
    var ranks: [Int] {
        let sorted = self.numbers.map { key, number in (prefix: key.prefix, key: key, number: number) }
            .sorted { left, right in
                left.prefix == right.prefix ? left.key.isWritten(before: right.key) : left.prefix < right.prefix
            }
        var ranks = [Int](repeating: 0, count: sorted.count)
        for (rank, dialog) in sorted.enumerated() {
            ranks[dialog.number] = rank
        }
        return ranks
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

/// What is written in the order of dialogs, and in a dialog in that of resources.
protocol WrittenInOrder {
    var dialog: DialogNumbers.Number { get }
    var resourceURI: String { get }
}

extension Array where Element: WrittenInOrder {
    /// Sorts by the ranks of the dialogs.
    mutating func sort(by ranks: [Int]) {
        guard self.count > 1 else { return }
        // Places are sorted, then each row is moved once.
        let places = self.indices.sorted { left, right in
            let ranks = (ranks[self[left].dialog], ranks[self[right].dialog])
            return ranks.0 == ranks.1 ? self[left].resourceURI < self[right].resourceURI : ranks.0 < ranks.1
        }
        self = places.map { self[$0] }
    }
}
#endif
