// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Rows of plain values in chunks, found by slot.
///
/// Growth adds a chunk and copies nothing, so that neither time nor memory peaks with millions of rows.
struct Slab<Row: BitwiseCopyable>: ~Copyable {
    private static var chunkShift: UInt32 { 10 }
    private static var chunkSize: Int { 1 << Int(Self.chunkShift) }

    private var chunks: [UnsafeMutablePointer<Row>] = []
    private var freeSlots: [UInt32] = []
    private var used: UInt32 = 0
    private let vacant: Row

    /// - Parameter vacant: what a slot holds while nothing lives there.
    init(vacant: Row) {
        self.vacant = vacant
    }

    deinit {
        for chunk in self.chunks {
            chunk.deallocate()
        }
    }

    /// Rows that are in use.
    var count: Int { Int(self.used) - self.freeSlots.count }

    /// One more than the highest slot ever used.
    var slotLimit: UInt32 { self.used }

    func contains(_ slot: UInt32) -> Bool {
        slot < self.used
    }

    mutating func insert(_ row: Row) -> UInt32 {
        if let slot = self.freeSlots.popLast() {
            self[slot] = row
            return slot
        }
        let slot = self.used
        if Int(slot >> Self.chunkShift) == self.chunks.count {
            let chunk = UnsafeMutablePointer<Row>.allocate(capacity: Self.chunkSize)
            chunk.initialize(repeating: self.vacant, count: Self.chunkSize)
            self.chunks.append(chunk)
        }
        self.used += 1
        self[slot] = row
        return slot
    }

    mutating func remove(_ slot: UInt32) {
        self[slot] = self.vacant
        self.freeSlots.append(slot)
    }

    subscript(_ slot: UInt32) -> Row {
        _read {
            precondition(slot < self.used, "slots come from insert(_:) or were checked with contains(_:)")
            yield self.chunks[Int(slot >> Self.chunkShift)][Int(slot) & (Self.chunkSize - 1)]
        }
        _modify {
            precondition(slot < self.used, "slots come from insert(_:) or were checked with contains(_:)")
            yield &self.chunks[Int(slot >> Self.chunkShift)][Int(slot) & (Self.chunkSize - 1)]
        }
    }
}
