// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A tag in a ``TagStore``; 0 is "none".
struct TagHandle: Hashable, BitwiseCopyable {
    fileprivate var address: ByteArena.Address

    static let none = TagHandle(address: 0)

    var isNone: Bool { self.address == 0 }
}

/// The tags of presence servers. No two are equal, so they are neither looked for nor counted: a tag costs its bytes and
/// four more.
struct TagStore: ~Copyable {
    private static let headerSize = MemoryLayout<UInt32>.size

    private var arena = ByteArena()
    /// Tags held.
    private(set) var count = 0

    /// Stores a tag; `.none` for an empty one, or when the arena has no room.
    mutating func store(_ tag: ArraySlice<UInt8>) -> TagHandle {
        guard !tag.isEmpty, let count = UInt32(exactly: tag.count),
            let address = self.arena.allocate(Self.headerSize + tag.count)
        else { return .none }
        let start = self.arena.pointer(address)
        start.storeBytes(of: count, as: UInt32.self)
        tag.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: start + Self.headerSize, count: source.count).copyMemory(from: source)
        }
        self.count += 1
        return TagHandle(address: address)
    }

    mutating func remove(_ handle: TagHandle) {
        guard !handle.isNone else { return }
        self.arena.deallocate(handle.address, Self.headerSize + self.bytes(handle).count)
        self.count -= 1
    }

    func equals(_ handle: TagHandle, _ tag: ArraySlice<UInt8>) -> Bool {
        tag.withUnsafeBytes { self.bytes(handle).hasSameBytes(as: $0) }
    }

    /// Appends the bytes of a tag.
    func write(_ handle: TagHandle, into output: inout [UInt8]) {
        output.append(contentsOf: self.bytes(handle))
    }

    private func bytes(_ handle: TagHandle) -> UnsafeRawBufferPointer {
        guard !handle.isNone else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let start = self.arena.pointer(handle.address)
        return UnsafeRawBufferPointer(start: start + Self.headerSize, count: Int(start.load(as: UInt32.self)))
    }
}
