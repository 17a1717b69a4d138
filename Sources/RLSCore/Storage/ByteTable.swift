// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A string of bytes in a ``ByteTable``; 0 is "none".
struct ByteHandle: Hashable, BitwiseCopyable {
    fileprivate var address: ByteArena.Address

    static let none = ByteHandle(address: 0)

    var isNone: Bool { self.address == 0 }
}

/// Byte strings, each stored once and counted.
///
/// A string costs its bytes and about fourteen more, with its hash eighteen. The index is a linear hash: it grows by one
/// bucket with every second string, so no insertion has to move all others.
///
/// Sharing the storage of identical bytes is not sharing a subscription: who may see what is decided by rows, not here.
struct ByteTable: ~Copyable {
    /// Stands before the bytes of a string.
    private struct Header: BitwiseCopyable {
        var references: UInt32
        var count: UInt32
        /// The next string of the bucket.
        var next: ByteHandle
    }

    /// Where the bytes of a string begin; its hash, if it is kept, stands between them and the header.
    private let bytesOffset: Int
    private let keepsHashes: Bool
    /// Strings in a bucket on average.
    private static let load = 2

    private var arena = ByteArena()
    /// The first string of each bucket.
    private var buckets: [ByteHandle]
    /// The largest power of two that is not more than the number of buckets.
    private var base = 64
    private let hash: ByteHash
    /// Distinct strings held.
    private(set) var count = 0
    /// Bytes in them.
    private(set) var byteCount = 0

    /// - Parameters:
    ///   - seed: makes bucket numbers unpredictable to peers, who choose the bytes.
    ///   - keepsHashes: four bytes more for each string, and none is read only to see where it belongs. For long strings
    ///     that come and go.
    init(seed: UInt64, keepsHashes: Bool = false) {
        self.hash = ByteHash(seed: seed)
        self.keepsHashes = keepsHashes
        self.bytesOffset = MemoryLayout<Header>.size + (keepsHashes ? MemoryLayout<UInt32>.size : 0)
        self.buckets = [ByteHandle](repeating: .none, count: self.base)
    }

    // MARK: Reading

    /// A copy of the bytes of a handle; empty for `.none`.
    subscript(_ handle: ByteHandle) -> [UInt8] {
        self.withBytes(handle) { Array($0) }
    }

    /// The bytes of a handle as text.
    func text(_ handle: ByteHandle) -> String {
        self.withBytes(handle) { String(decoding: $0, as: UTF8.self) }
    }

    /// Number of bytes of a handle.
    func count(of handle: ByteHandle) -> Int {
        handle.isNone ? 0 : Int(self.header(handle).pointee.count)
    }

    /// Appends the bytes of a handle.
    func write(_ handle: ByteHandle, into output: inout [UInt8]) {
        self.withBytes(handle) { output.append(contentsOf: $0) }
    }

    /// Lends the bytes of a handle.
    func withBytes<Result>(_ handle: ByteHandle, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        guard !handle.isNone else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        let header = self.header(handle)
        let start = UnsafeRawPointer(header) + self.bytesOffset
        return body(
            UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: Int(header.pointee.count))
        )
    }

    /// Whether the bytes of the handle are these; cheaper than interning to compare.
    func equals(_ handle: ByteHandle, _ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { self.equals(handle, $0) }
    }

    func equals(_ handle: ByteHandle, _ text: String) -> Bool {
        var text = text
        return text.withUTF8 { self.equals(handle, $0) }
    }

    func references(of handle: ByteHandle) -> UInt32 {
        handle.isNone ? 0 : self.header(handle).pointee.references
    }

    /// The handle of these bytes, if they are stored; nothing is counted.
    func find(_ bytes: ArraySlice<UInt8>) -> ByteHandle? {
        bytes.withUnsafeBufferPointer { self.find($0, hash: self.hash($0)) }
    }

    // MARK: Changing

    /// Stores the bytes or finds them, and counts one reference more. Empty bytes are `.none`, and so are bytes for
    /// which the arena has no room.
    mutating func intern(_ bytes: ArraySlice<UInt8>) -> ByteHandle {
        bytes.withUnsafeBufferPointer { self.intern($0) }
    }

    mutating func intern(_ bytes: [UInt8]) -> ByteHandle {
        bytes.withUnsafeBufferPointer { self.intern($0) }
    }

    mutating func intern(_ text: String) -> ByteHandle {
        var text = text
        return text.withUTF8 { self.intern($0) }
    }

    /// Counts one reference more.
    mutating func retain(_ handle: ByteHandle) {
        guard !handle.isNone else { return }
        self.header(handle).pointee.references &+= 1
    }

    /// Gives a reference back; the last one frees the bytes.
    mutating func release(_ handle: ByteHandle) {
        guard !handle.isNone else { return }
        let header = self.header(handle)
        header.pointee.references -= 1
        guard header.pointee.references == 0 else { return }
        self.unlink(handle)
        self.count -= 1
        self.byteCount -= Int(header.pointee.count)
        self.arena.deallocate(handle.address, self.bytesOffset + Int(header.pointee.count))
    }

    private mutating func intern(_ bytes: UnsafeBufferPointer<UInt8>) -> ByteHandle {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return .none }
        let hash = self.hash(bytes)
        if let found = self.find(bytes, hash: hash) {
            self.header(found).pointee.references &+= 1
            return found
        }
        guard let count = UInt32(exactly: bytes.count),
            let address = self.arena.allocate(self.bytesOffset + bytes.count)
        else { return .none }
        let handle = ByteHandle(address: address)
        let bucket = self.bucket(hash)
        let header = self.header(handle)
        header.initialize(to: Header(references: 1, count: count, next: self.buckets[bucket]))
        let start = UnsafeMutableRawPointer(header) + self.bytesOffset
        start.copyMemory(from: UnsafeRawPointer(source), byteCount: bytes.count)
        if self.keepsHashes {
            (start - MemoryLayout<UInt32>.size).storeBytes(of: hash, as: UInt32.self)
        }
        self.buckets[bucket] = handle
        self.count += 1
        self.byteCount += bytes.count
        if self.count > self.buckets.count * Self.load {
            self.split()
        }
        return handle
    }

    // MARK: Index

    private func header(_ handle: ByteHandle) -> UnsafeMutablePointer<Header> {
        self.arena.pointer(handle.address).assumingMemoryBound(to: Header.self)
    }

    private func hash(of handle: ByteHandle) -> UInt32 {
        guard self.keepsHashes else { return self.withBytes(handle) { self.hash($0) } }
        let start = UnsafeRawPointer(self.header(handle)) + self.bytesOffset
        return (start - MemoryLayout<UInt32>.size).load(as: UInt32.self)
    }

    private func equals(_ handle: ByteHandle, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        self.withBytes(handle) { UnsafeRawBufferPointer($0).hasSameBytes(as: UnsafeRawBufferPointer(bytes)) }
    }

    private func find(_ bytes: UnsafeBufferPointer<UInt8>, hash: UInt32) -> ByteHandle? {
        var handle = self.buckets[self.bucket(hash)]
        while !handle.isNone {
            if !self.keepsHashes || self.hash(of: handle) == hash, self.equals(handle, bytes) {
                return handle
            }
            handle = self.header(handle).pointee.next
        }
        return nil
    }

    /// Buckets beyond `base` that do not exist yet are still part of the one that they will be split from.
    private func bucket(_ hash: UInt32) -> Int {
        let wide = Int(hash) & (self.base * 2 - 1)
        return wide < self.buckets.count ? wide : wide & (self.base - 1)
    }

    /// Adds a bucket and moves to it what belongs there, from one other.
    private mutating func split() {
        let added = self.buckets.count
        let source = added & (self.base - 1)
        self.buckets.append(.none)
        var handle = self.buckets[source]
        self.buckets[source] = .none
        while !handle.isNone {
            let header = self.header(handle)
            let next = header.pointee.next
            let bucket = self.bucket(self.hash(of: handle))
            header.pointee.next = self.buckets[bucket]
            self.buckets[bucket] = handle
            handle = next
        }
        if self.buckets.count == self.base * 2 {
            self.base *= 2
        }
    }

    private mutating func unlink(_ handle: ByteHandle) {
        let next = self.header(handle).pointee.next
        let bucket = self.bucket(self.hash(of: handle))
        guard self.buckets[bucket] != handle else {
            self.buckets[bucket] = next
            return
        }
        var previous = self.header(self.buckets[bucket])
        while previous.pointee.next != handle {
            previous = self.header(previous.pointee.next)
        }
        previous.pointee.next = next
    }
}
