// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// A Content-Type with what a strict reader wants to know of it: the order of parameters, and which were quoted.
struct ContentTypeValue: Hashable {
    struct Parameter: Hashable {
        var name: String
        var value: String
        var isQuoted: Bool
    }

    /// Type and subtype in lower case, e.g. `multipart/related`.
    var mediaType: String
    var parameters: [Parameter]

    init(_ bytes: SIPBytes) throws(RLSReadingFault) {
        var cursor = ByteCursor(bytes)
        let type = cursor.take { $0 != 0x3B && $0 != 0x20 && $0 != 0x09 }
        let pieces = type.split(separator: 0x2F, omittingEmptySubsequences: false)
        guard pieces.count == 2, pieces.allSatisfy({ SIPText.isToken($0) }) else {
            throw RLSReadingFault("R2387-01", "no media type: \(text(bytes))")
        }
        self.mediaType = text(type).lowercased()
        self.parameters = []
        while true {
            cursor.skipBlanks()
            guard !cursor.isAtEnd else { return }
            guard cursor.skip(0x3B) else { throw RLSReadingFault("R2387-01", "text after a parameter: \(text(bytes))") }
            cursor.skipBlanks()
            let name = cursor.take { $0 != 0x3D && $0 != 0x3B }
            guard SIPText.isToken(name), cursor.skip(0x3D) else {
                throw RLSReadingFault("R2387-01", "a parameter without name or value: \(text(bytes))")
            }
            let value = try Self.value(&cursor)
            let key = text(name).lowercased()
            guard !self.parameters.contains(where: { $0.name == key }) else {
                throw RLSReadingFault("R2387-01", "parameter \(key) twice")
            }
            self.parameters.append(Parameter(name: key, value: value.text, isQuoted: value.isQuoted))
        }
    }

    private static func value(
        _ cursor: inout ByteCursor
    ) throws(RLSReadingFault) -> (text: String, isQuoted: Bool) {
        guard cursor.skip(0x22) else {
            let token = cursor.take { $0 != 0x3B && $0 != 0x20 && $0 != 0x09 }
            guard SIPText.isToken(token) else {
                throw RLSReadingFault("R2387-04", "a value that needs quotes: \(RLSTestKit.text(token))")
            }
            return (RLSTestKit.text(token), false)
        }
        var bytes: [UInt8] = []
        while let byte = cursor.next() {
            switch byte {
            case 0x22: return (RLSTestKit.text(bytes[...]), true)
            case 0x5C: if let escaped = cursor.next() { bytes.append(escaped) }
            default: bytes.append(byte)
            }
        }
        throw RLSReadingFault("R2387-04", "a quoted value without end")
    }

    func parameter(_ name: String) -> Parameter? {
        self.parameters.first { $0.name == name }
    }
}

/// Bytes read from front to back.
struct ByteCursor {
    private let bytes: SIPBytes
    private var index: Int

    init(_ bytes: SIPBytes) {
        self.bytes = bytes
        self.index = bytes.startIndex
    }

    var isAtEnd: Bool { self.index == self.bytes.endIndex }
    var peek: UInt8? { self.isAtEnd ? nil : self.bytes[self.index] }
    var rest: SIPBytes { self.bytes[self.index...] }

    mutating func next() -> UInt8? {
        guard !self.isAtEnd else { return nil }
        defer { self.index += 1 }
        return self.bytes[self.index]
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard self.peek == byte else { return false }
        self.index += 1
        return true
    }

    mutating func skip(_ text: String) -> Bool {
        guard self.rest.starts(with: text.utf8) else { return false }
        self.index += text.utf8.count
        return true
    }

    mutating func skipBlanks() {
        _ = self.take { $0 == 0x20 || $0 == 0x09 }
    }

    mutating func take(while matches: (UInt8) -> Bool) -> SIPBytes {
        let start = self.index
        while let byte = self.peek, matches(byte) {
            self.index += 1
        }
        return self.bytes[start..<self.index]
    }

    /// The bytes before `text`, which is skipped; nil, and nothing skipped, when it does not come.
    mutating func take(until text: String) -> SIPBytes? {
        let end = Array(text.utf8)
        var probe = self.index
        while probe + end.count <= self.bytes.endIndex {
            if self.bytes[probe] == end[0], self.bytes[probe..<(probe + end.count)].elementsEqual(end) {
                defer { self.index = probe + end.count }
                return self.bytes[self.index..<probe]
            }
            probe += 1
        }
        return nil
    }
}

func text(_ bytes: SIPBytes) -> String {
    String(decoding: bytes, as: UTF8.self)
}
