// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import CMeasuring

/// Takes the time and the allocations of a piece of work.
struct Meter {
    private(set) var nanoseconds: UInt64 = 0
    private(set) var wall = Duration.zero
    private(set) var allocations: UInt64 = 0

    /// Does the work and adds what it cost.
    mutating func measure(_ work: () -> Void) {
        withoutActuallyEscaping(work) { work in
            let region = Region(work)
            let clock = ContinuousClock()
            let context = Unmanaged.passUnretained(region).toOpaque()
            let begun = clock.now
            let allocations = measuring_allocations()
            let nanoseconds = measuring_thread_nanoseconds()
            measuring_region({ Unmanaged<Region>.fromOpaque($0!).takeUnretainedValue().work() }, context)
            self.nanoseconds += measuring_thread_nanoseconds() - nanoseconds
            self.allocations += measuring_allocations() - allocations
            self.wall += clock.now - begun
            withExtendedLifetime(region) {}
        }
    }

    private final class Region {
        let work: () -> Void

        init(_ work: @escaping () -> Void) {
            self.work = work
        }
    }

    /// Counts a loop whose number of allocations is known, as a proof that none goes uncounted.
    static func check() {
        var meter = Meter()
        // Kept, because the compiler leaves out blocks that nobody can see.
        var blocks: [UnsafeMutableRawPointer] = []
        var arrays: [[UInt8]] = []
        blocks.reserveCapacity(2_000)
        arrays.reserveCapacity(1_000)
        meter.measure {
            for size in 1...1_000 {
                blocks.append(.allocate(byteCount: size, alignment: 16))
                blocks.append(.allocate(byteCount: size, alignment: 64))
                arrays.append([UInt8](repeating: 1, count: size))
                arrays[size - 1].reserveCapacity(4 * size + 64)
            }
        }
        for block in blocks {
            block.deallocate()
        }
        precondition(meter.allocations == 4_000, "counted \(meter.allocations) of 4,000 allocations")
    }
}
