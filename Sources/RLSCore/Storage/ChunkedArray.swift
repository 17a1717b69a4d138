// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Plain values by index, in chunks.
///
/// Growth adds a chunk and copies nothing, so that neither time nor memory peaks with millions of values.
struct ChunkedArray<Element: BitwiseCopyable>: ~Copyable {
    private static var chunkShift: UInt32 { 10 }
    private static var chunkSize: Int { 1 << Int(Self.chunkShift) }

    private var chunks: [UnsafeMutablePointer<Element>] = []
    private let filler: Element
    /// Elements that there are.
    private(set) var count: UInt32 = 0

    /// - Parameter filler: what new elements are.
    init(filler: Element) {
        self.filler = filler
    }

    deinit {
        for chunk in self.chunks {
            chunk.deallocate()
        }
    }

    /// Makes so many elements, unless there are more already.
    mutating func grow(to count: UInt32) {
        while self.chunks.count << Int(Self.chunkShift) < Int(count) {
            let chunk = UnsafeMutablePointer<Element>.allocate(capacity: Self.chunkSize)
            chunk.initialize(repeating: self.filler, count: Self.chunkSize)
            self.chunks.append(chunk)
        }
        self.count = max(self.count, count)
    }

    subscript(_ index: UInt32) -> Element {
        _read {
            precondition(index < self.count, "an index below count")
            yield self.chunks[Int(index >> Self.chunkShift)][Int(index) & (Self.chunkSize - 1)]
        }
        _modify {
            precondition(index < self.count, "an index below count")
            yield &self.chunks[Int(index >> Self.chunkShift)][Int(index) & (Self.chunkSize - 1)]
        }
    }
}
