// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The one hot scanner: cuts a message into lines without copying.
///
/// It works on the raw buffer because a bounds-checked loop is several times slower; each access is guarded by hand,
/// and the fuzz tests run over it.
struct LineScanner {
    private let buffer: UnsafeRawBufferPointer
    private(set) var position: Int

    init(_ buffer: UnsafeRawBufferPointer, from position: Int) {
        self.buffer = buffer
        self.position = position
    }

    /// The next line without its end; nil when the bytes end before the line does.
    mutating func next() -> Range<Int>? {
        let start = self.position
        guard let newline = self.buffer.firstIndex(of: 0x0A, in: start..<self.buffer.count) else { return nil }
        self.position = newline + 1
        let end = newline > start && self.buffer[newline - 1] == 0x0D ? newline - 1 : newline
        return start..<end
    }

    /// Whether the next line continues this one (RFC 3261 §7.3.1).
    var isFolded: Bool {
        self.position < self.buffer.count && SIPText.isBlank(self.buffer[self.position])
    }
}
