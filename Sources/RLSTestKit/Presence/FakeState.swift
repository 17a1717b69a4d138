// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A presence document that says whose it is: which watcher may see it, which resource it is of, and its number.
///
/// So a view can be compared with the truth, an older state after a newer one is noticed, and so is one that was meant
/// for somebody else.
public struct FakeState: Hashable, Sendable {
    /// Address of record of the watcher that this document was made for.
    public var watcher: String
    /// The resource.
    public var resource: String
    /// Rises with each change of the resource for this watcher.
    public var sequence: UInt64

    /// Creates a state.
    public init(watcher: String, resource: String, sequence: UInt64) {
        self.watcher = watcher
        self.resource = resource
        self.sequence = sequence
    }

    /// Reads a body made by ``body``; nil for any other.
    public init?(_ body: [UInt8]) {
        let text = String(decoding: body, as: UTF8.self)
        let halves = text.split(separator: "<note>", maxSplits: 1)
        guard halves.count == 2, let note = halves[1].split(separator: "</note>", maxSplits: 1).first else {
            return nil
        }
        let fields = note.split(separator: "|")
        guard fields.count == 3, let sequence = UInt64(fields[2]) else { return nil }
        self.init(watcher: String(fields[0]), resource: String(fields[1]), sequence: sequence)
    }

    /// The document (PIDF, RFC 3863).
    public var body: [UInt8] {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <presence xmlns="urn:ietf:params:xml:ns:pidf" entity="\(self.resource)"><tuple id="t">\
            <status><basic>\(self.sequence % 2 == 0 ? "open" : "closed")</basic></status>\
            <note>\(self.watcher)|\(self.resource)|\(self.sequence)</note></tuple></presence>
            """
        return Array(text.utf8)
    }
}
