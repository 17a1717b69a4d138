// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct ByteArenaTests {
    /// Around the borders of units, exact sizes, shared sizes and blocks of their own.
    private static let sizes = [1, 7, 8, 9, 39, 511, 512, 513, 520, 577, 1_024, 1_100, 8_191, 8_192, 8_193, 70_000]

    @Test func piecesKeepTheirBytesWhateverIsTakenAndFreedAroundThem() {
        var random = SeededRandom(seed: RLSSeed(4, 3, 2, 1))
        var arena = ByteArena()
        var held: [(address: ByteArena.Address, size: Int, mark: UInt8)] = []
        for round in 0..<4_000 {
            if random.next() % 3 != 0 || held.isEmpty {
                let size = Self.sizes[Int(random.next() % UInt64(Self.sizes.count))]
                guard let address = arena.allocate(size) else {
                    Issue.record("there is room")
                    return
                }
                let mark = UInt8(truncatingIfNeeded: round)
                arena.pointer(address).initializeMemory(as: UInt8.self, repeating: mark, count: size)
                held.append((address, size, mark))
            } else {
                let piece = held.remove(at: Int(random.next() % UInt64(held.count)))
                let bytes = UnsafeRawBufferPointer(start: arena.pointer(piece.address), count: piece.size)
                #expect(bytes.allSatisfy { $0 == piece.mark })
                arena.deallocate(piece.address, piece.size)
            }
        }
        #expect(!held.contains { $0.address == 0 })
    }

    @Test(arguments: ByteArenaTests.sizes)
    func aFreedPieceIsTheNextOfItsSize(size: Int) {
        var arena = ByteArena()
        let first = arena.allocate(size)
        let second = arena.allocate(size)
        #expect(first != second)
        arena.deallocate(first ?? 0, size)
        #expect(arena.allocate(size) == first)
    }
}
