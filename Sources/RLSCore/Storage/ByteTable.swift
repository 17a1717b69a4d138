// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A string of bytes in a ``ByteTable``; 0 is "none".
struct ByteHandle: Hashable, BitwiseCopyable {
    var index: UInt32

    static let none = ByteHandle(index: 0)

    var isNone: Bool { self.index == 0 }
}

/// Byte strings, each stored once and counted.
///
/// Sharing the storage of identical bytes is not sharing a subscription: who may see what is decided by rows, not here.
struct ByteTable {
    private struct Entry {
        var bytes: [UInt8]
        var hash: UInt64
        var references: UInt32
        /// The next entry of the bucket, or of the free list.
        var next: UInt32
    }

    /// A freed entry keeps its buffer up to this size, so that steady traffic allocates nothing.
    private static let keptCapacity = 4096

    private var entries: ContiguousArray<Entry>
    private var buckets: [UInt32]
    private var freeEntry: UInt32 = 0
    private let seed: UInt64
    /// Distinct strings held.
    private(set) var count = 0
    /// Bytes in them.
    private(set) var byteCount = 0

    /// - Parameter seed: makes bucket numbers unpredictable to peers, who choose the bytes.
    init(seed: UInt64) {
        self.seed = seed | 1
        self.entries = [Entry(bytes: [], hash: 0, references: 1, next: 0)]
        self.buckets = [UInt32](repeating: 0, count: 64)
    }

    /// The bytes of a handle; empty for `.none`.
    subscript(_ handle: ByteHandle) -> [UInt8] {
        self.entries[Int(handle.index)].bytes
    }

    func references(of handle: ByteHandle) -> UInt32 {
        self.entries[Int(handle.index)].references
    }

    /// Stores the bytes or finds them, and counts one reference more. Empty bytes are `.none`.
    mutating func intern(_ bytes: ArraySlice<UInt8>) -> ByteHandle {
        guard !bytes.isEmpty else { return .none }
        let hash = self.hash(bytes)
        if let found = self.find(bytes, hash: hash) {
            self.entries[Int(found)].references &+= 1
            return ByteHandle(index: found)
        }
        if self.count >= self.buckets.count {
            self.grow()
        }
        let bucket = Int(truncatingIfNeeded: hash) & (self.buckets.count - 1)
        let index: UInt32
        if self.freeEntry != 0 {
            index = self.freeEntry
            self.freeEntry = self.entries[Int(index)].next
            self.entries[Int(index)].bytes.append(contentsOf: bytes)
            self.entries[Int(index)].hash = hash
            self.entries[Int(index)].references = 1
            self.entries[Int(index)].next = self.buckets[bucket]
        } else {
            index = UInt32(self.entries.count)
            self.entries.append(Entry(bytes: Array(bytes), hash: hash, references: 1, next: self.buckets[bucket]))
        }
        self.buckets[bucket] = index
        self.count += 1
        self.byteCount += bytes.count
        return ByteHandle(index: index)
    }

    mutating func intern(_ bytes: [UInt8]) -> ByteHandle {
        self.intern(bytes[...])
    }

    mutating func intern(_ text: String) -> ByteHandle {
        self.intern(Array(text.utf8)[...])
    }

    /// Whether the bytes of the handle are these; cheaper than interning to compare.
    func equals(_ handle: ByteHandle, _ bytes: ArraySlice<UInt8>) -> Bool {
        let stored = self.entries[Int(handle.index)].bytes
        return stored.count == bytes.count && stored.elementsEqual(bytes)
    }

    /// Counts one reference more.
    mutating func retain(_ handle: ByteHandle) {
        guard !handle.isNone else { return }
        self.entries[Int(handle.index)].references &+= 1
    }

    /// Gives a reference back; the last one frees the bytes.
    mutating func release(_ handle: ByteHandle) {
        guard !handle.isNone else { return }
        let index = Int(handle.index)
        self.entries[index].references -= 1
        guard self.entries[index].references == 0 else { return }
        self.unlink(handle.index)
        self.count -= 1
        self.byteCount -= self.entries[index].bytes.count
        if self.entries[index].bytes.capacity <= Self.keptCapacity {
            self.entries[index].bytes.removeAll(keepingCapacity: true)
        } else {
            self.entries[index].bytes = []
        }
        self.entries[index].next = self.freeEntry
        self.freeEntry = handle.index
    }

    private func find(_ bytes: ArraySlice<UInt8>, hash: UInt64) -> UInt32? {
        var index = self.buckets[Int(truncatingIfNeeded: hash) & (self.buckets.count - 1)]
        while index != 0 {
            if self.entries[Int(index)].hash == hash, self.equals(ByteHandle(index: index), bytes) {
                return index
            }
            index = self.entries[Int(index)].next
        }
        return nil
    }

    private mutating func unlink(_ index: UInt32) {
        let bucket = Int(truncatingIfNeeded: self.entries[Int(index)].hash) & (self.buckets.count - 1)
        let next = self.entries[Int(index)].next
        guard self.buckets[bucket] != index else {
            self.buckets[bucket] = next
            return
        }
        var previous = Int(self.buckets[bucket])
        while self.entries[previous].next != index {
            previous = Int(self.entries[previous].next)
        }
        self.entries[previous].next = next
    }

    private mutating func grow() {
        self.buckets = [UInt32](repeating: 0, count: self.buckets.count * 2)
        for index in 1..<self.entries.count where self.entries[index].references > 0 {
            let bucket = Int(truncatingIfNeeded: self.entries[index].hash) & (self.buckets.count - 1)
            self.entries[index].next = self.buckets[bucket]
            self.buckets[bucket] = UInt32(index)
        }
    }

    /// A seeded multiply-and-fold hash over words of eight bytes.
    private func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.withUnsafeBytes { buffer in
            var state = self.seed ^ UInt64(truncatingIfNeeded: buffer.count)
            var offset = 0
            while offset + 8 <= buffer.count {
                state = Self.mix(state ^ buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                offset += 8
            }
            var tail: UInt64 = 0
            while offset < buffer.count {
                tail = tail << 8 | UInt64(buffer[offset])
                offset += 1
            }
            return Self.mix(state ^ tail ^ self.seed)
        }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let (high, low) = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return high ^ low
    }
}
