// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Rows of plain values, found by slot.
struct Slab<Row: BitwiseCopyable>: ~Copyable {
    private var rows: ChunkedArray<Row>
    private var freeSlots: [UInt32] = []
    private let vacant: Row

    /// - Parameter vacant: what a slot holds while nothing lives there.
    init(vacant: Row) {
        self.vacant = vacant
        self.rows = ChunkedArray(filler: vacant)
    }

    /// Rows that are in use.
    var count: Int { Int(self.rows.count) - self.freeSlots.count }

    /// One more than the highest slot ever used.
    var slotLimit: UInt32 { self.rows.count }

    func contains(_ slot: UInt32) -> Bool {
        slot < self.rows.count
    }

    mutating func insert(_ row: Row) -> UInt32 {
        let slot = self.freeSlots.popLast() ?? self.rows.count
        self.rows.grow(to: slot + 1)
        self.rows[slot] = row
        return slot
    }

    mutating func remove(_ slot: UInt32) {
        self.rows[slot] = self.vacant
        self.freeSlots.append(slot)
    }

    /// Slots come from `insert` or were checked with `contains`.
    subscript(_ slot: UInt32) -> Row {
        _read { yield self.rows[slot] }
        _modify { yield &self.rows[slot] }
    }
}
