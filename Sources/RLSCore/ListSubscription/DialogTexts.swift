// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// The texts of a list dialog in one block of memory.
///
/// A text that another one contains takes no room of its own: To contains its URI and our tag, the watcher's URI is
/// mostly that of From, and so on. A dialog would otherwise hold about a dozen blocks.
struct DialogTexts {
    /// From long to short where one is likely to contain others.
    enum Field: Int, CaseIterable {
        /// To of the SUBSCRIBE with our tag.
        case localHeader
        /// From of the SUBSCRIBE with its tag.
        case remoteHeader
        /// Rows of Accept, joined.
        case accept
        case backendAccept
        case serviceLocation
        case presentityURI
        case serviceURI
        case watcher
        case owner
        case callID
        case watcherTag
        case localTag
        /// Our Contact with its angle brackets.
        case localContact
        case eventID
        case eventParameters
    }

    private struct Place: BitwiseCopyable {
        var start: UInt32 = 0
        var end: UInt32 = 0
    }

    private var block: [UInt8] = []
    private var places = InlineArray<15, Place>(repeating: Place())

    /// Reads a text, and replaces it: that makes the block anew, so nothing old stays in it.
    subscript(_ field: Field) -> SIPBytes {
        get {
            let place = self.places[field.rawValue]
            return self.block[Int(place.start)..<Int(place.end)]
        }
        set {
            guard newValue != self[field] else { return }
            self.update([(field, newValue)])
        }
    }

    func string(_ field: Field) -> String {
        String(decoding: self[field], as: UTF8.self)
    }

    /// Replaces several texts at once.
    mutating func update(_ changes: [(Field, SIPBytes)]) {
        let old = self
        self.block = []
        self.block.reserveCapacity(changes.reduce(old.block.count) { $0 + $1.1.count })
        for field in Field.allCases {
            self.add(changes.last { $0.0 == field }?.1 ?? old[field], as: field)
        }
        // As large as it has to be: it lives as long as the dialog.
        self.block = self.block.withUnsafeBufferPointer { Array($0) }
    }

    private mutating func add(_ text: SIPBytes, as field: Field) {
        let start = self.find(text) ?? self.block.count
        if start == self.block.count {
            self.block += text
        }
        self.places[field.rawValue] = Place(start: UInt32(start), end: UInt32(start + text.count))
    }

    private func find(_ text: SIPBytes) -> Int? {
        guard let first = text.first else { return 0 }
        return self.block.withUnsafeBytes { block in
            text.withUnsafeBytes { text in
                var start = 0
                while start + text.count <= block.count {
                    if block[start] == first,
                        text.hasSameBytes(as: UnsafeRawBufferPointer(rebasing: block[start..<start + text.count]))
                    {
                        return start
                    }
                    start += 1
                }
                return nil
            }
        }
    }
}
