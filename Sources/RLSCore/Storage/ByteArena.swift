// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Memory for many small pieces, each found by a number of 32 bits.
///
/// Pieces are cut from chunks. A freed one waits in the list of its size for the next of that size, so steady traffic
/// asks the system for nothing; chunks stay until the arena goes. Large pieces are blocks of their own and go back at
/// once. A million pieces cost eight million bytes less than as many blocks of the system's allocator, and no time
/// when all of them are freed.
struct ByteArena: ~Copyable {
    /// Where a piece begins: the chunk's number and the place in it. 0 is no piece.
    typealias Address = UInt32

    /// Pieces are multiples of this.
    private static let unit = 8
    /// Units of a chunk: 64 KiB.
    private static let chunkShift: UInt32 = 13
    private static let chunkUnits: UInt32 = 1 << Self.chunkShift
    private static let chunkLimit = (1 << (32 - Self.chunkShift)) - 1
    /// Larger pieces are blocks of their own.
    private static let largest: UInt32 = Self.chunkUnits / 8
    /// Up to so many units each size has a list of its own; above, eight sizes share the way to the double.
    private static let exactSizes: UInt32 = 64

    private var chunks: [UnsafeMutableRawPointer]
    /// Numbers of blocks that have been given back.
    private var freeChunks: [UInt32] = []
    /// The first free piece of each size; its first bytes name the next one.
    private var free: [Address]
    /// What is left of the newest chunk.
    private var rest: Range<Address>

    init() {
        // The very first unit is left out: its address would be "no piece".
        self.chunks = [.allocate(byteCount: Int(Self.chunkUnits) * Self.unit, alignment: Self.unit)]
        self.rest = 1..<Self.chunkUnits
        self.free = [Address](repeating: 0, count: Self.sizeClass(Self.largest).index + 1)
    }

    deinit {
        let unused = Set(self.freeChunks)
        for (number, chunk) in self.chunks.enumerated() where !unused.contains(UInt32(number)) {
            chunk.deallocate()
        }
    }

    /// Where the piece lies; valid until it is freed.
    func pointer(_ address: Address) -> UnsafeMutableRawPointer {
        self.chunks[Int(address >> Self.chunkShift)] + Int(address & (Self.chunkUnits - 1)) * Self.unit
    }

    /// A piece of at least so many bytes; nil when all numbers are in use, with 32 GiB of small pieces or half a million
    /// large ones.
    mutating func allocate(_ byteCount: Int) -> Address? {
        let units = (byteCount + Self.unit - 1) / Self.unit
        guard units <= Int(Self.largest) else {
            return self.addChunk(byteCount: units * Self.unit).map { $0 << Self.chunkShift }
        }
        let size = Self.sizeClass(UInt32(max(units, 1)))
        let first = self.free[size.index]
        if first != 0 {
            self.free[size.index] = self.pointer(first).load(as: Address.self)
            return first
        }
        if self.rest.count < size.units {
            guard let chunk = self.addChunk(byteCount: Int(Self.chunkUnits) * Self.unit) else { return nil }
            self.rest = chunk << Self.chunkShift..<(chunk + 1) << Self.chunkShift
        }
        let address = self.rest.lowerBound
        self.rest = address + size.units..<self.rest.upperBound
        return address
    }

    /// Gives a piece back that was asked for with so many bytes.
    mutating func deallocate(_ address: Address, _ byteCount: Int) {
        let units = (byteCount + Self.unit - 1) / Self.unit
        guard units <= Int(Self.largest) else {
            let chunk = address >> Self.chunkShift
            self.chunks[Int(chunk)].deallocate()
            self.freeChunks.append(chunk)
            return
        }
        let size = Self.sizeClass(UInt32(max(units, 1)))
        self.pointer(address).storeBytes(of: self.free[size.index], as: Address.self)
        self.free[size.index] = address
    }

    private mutating func addChunk(byteCount: Int) -> UInt32? {
        let chunk = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: Self.unit)
        if let number = self.freeChunks.popLast() {
            self.chunks[Int(number)] = chunk
            return number
        }
        guard self.chunks.count < Self.chunkLimit else {
            chunk.deallocate()
            return nil
        }
        self.chunks.append(chunk)
        return UInt32(self.chunks.count - 1)
    }

    /// The list for a size, and the size of its pieces in units.
    private static func sizeClass(_ units: UInt32) -> (index: Int, units: UInt32) {
        guard units > Self.exactSizes else { return (Int(units), units) }
        // Between 2^n and 2^(n+1) there are eight sizes.
        let power = UInt32(31 - (units - 1).leadingZeroBitCount)
        let step = power - 3
        let eighths = ((units - 1) >> step) + 1
        return (Int(Self.exactSizes + (power - 6) * 8 + eighths - 8), eighths << step)
    }
}
