// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Walks the `;name=value` parameters of a header value in one pass and without allocating.
///
/// Semicolons and equals signs in quoted strings and angle brackets do not count.
struct SIPParameterCursor {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// Of the next semicolon, or of the equals sign behind the name just read, or the end.
    private(set) var position: Int

    /// Begins behind what stands before the first semicolon.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        self.position = 0
        self.position = self.find(UInt8(ascii: ";"), from: 0)
    }

    /// The name of the next parameter, without blanks around it; nil behind the last one.
    mutating func next() -> Range<Int>? {
        if self.position < self.bytes.count, self.bytes[self.position] != UInt8(ascii: ";") {
            self.position = self.find(UInt8(ascii: ";"), from: self.position + 1)
        }
        guard self.position < self.bytes.count else { return nil }
        let start = self.position + 1
        self.position = self.find(UInt8(ascii: "="), from: start)
        return self.bytes.trimmed(start..<self.position)
    }

    /// Where the value of the parameter just named begins; nil when it has none.
    var valueStart: Int? {
        guard self.position < self.bytes.count, self.bytes[self.position] == UInt8(ascii: "=") else { return nil }
        var index = self.position + 1
        while index < self.bytes.count, SIPText.isBlank(self.bytes[index]) {
            index += 1
        }
        return index
    }

    /// The value of the parameter just named, without blanks around it; nil when it has none.
    var value: Range<Int>? {
        self.valueStart.map { self.bytes.trimmed($0..<self.find(UInt8(ascii: ";"), from: $0)) }
    }

    /// Where the delimiter or the next semicolon stands, or the bytes end.
    private func find(_ delimiter: UInt8, from start: Int) -> Int {
        let bytes = self.bytes
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            // Most bytes are letters, which are greater than all that matters here.
            guard byte <= UInt8(ascii: "=") else { continue }
            if byte == UInt8(ascii: ";") || byte == delimiter {
                return index - 1
            } else if byte == UInt8(ascii: "<") {
                index = self.endOfBrackets(from: index)
            } else if byte == UInt8(ascii: "\"") {
                index = self.endOfQuote(from: index)
            }
        }
        return bytes.count
    }

    private func endOfBrackets(from start: Int) -> Int {
        guard start < self.bytes.count else { return self.bytes.count }
        let bytes = UnsafeRawBufferPointer(self.bytes)
        return bytes.firstIndex(of: UInt8(ascii: ">"), in: start..<bytes.count).map { $0 + 1 } ?? bytes.count
    }

    private func endOfQuote(from start: Int) -> Int {
        var index = start
        while index < self.bytes.count, self.bytes[index] != UInt8(ascii: "\"") {
            index += self.bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, self.bytes.count)
    }
}
