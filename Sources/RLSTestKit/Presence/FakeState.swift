// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

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
    /// Which document of its presence server it is; nil where documents are not numbered.
    public var document: Document?

    /// A document of a package whose documents may be deltas.
    public struct Document: Hashable, Sendable {
        /// Unique at its presence server, and rising.
        public var number: UInt64
        /// It says what has changed since the document before it.
        public var isPartial: Bool

        /// Creates a document's number.
        public init(number: UInt64, isPartial: Bool) {
            self.number = number
            self.isPartial = isPartial
        }
    }

    /// Creates a state.
    public init(watcher: String, resource: String, sequence: UInt64, document: Document? = nil) {
        self.watcher = watcher
        self.resource = resource
        self.sequence = sequence
        self.document = document
    }

    /// Reads a body made by ``body``; nil for any other.
    public init?(_ body: [UInt8]) {
        self.init(body[...])
    }

    /// Reads a body made by ``body``; nil for any other.
    public init?(_ body: SIPBytes) {
        guard let start = Self.end(of: Self.opening, in: body),
            let end = body[start...].firstIndex(of: UInt8(ascii: "<")), body[end...].starts(with: Self.closing)
        else { return nil }
        let fields = body[start..<end].split(separator: UInt8(ascii: "|"))
        guard fields.count == 3 || fields.count == 5, let sequence = UInt64(text(fields[2])) else { return nil }
        self.init(watcher: text(fields[0]), resource: text(fields[1]), sequence: sequence)
        guard fields.count == 5 else { return }
        guard let number = UInt64(text(fields[3])) else { return nil }
        self.document = Document(number: number, isPartial: text(fields[4]) == "partial")
    }

    private static let opening = Array("<note>".utf8)
    private static let closing = Array("</note>".utf8)

    private static func end(of pattern: [UInt8], in body: SIPBytes) -> Int? {
        var index = body.startIndex
        while let found = body[index...].firstIndex(of: pattern[0]) {
            if body[found...].starts(with: pattern) { return found + pattern.count }
            index = found + 1
        }
        return nil
    }

    /// The document (PIDF, RFC 3863).
    public var body: [UInt8] {
        let document = self.document.map { "|\($0.number)|\($0.isPartial ? "partial" : "full")" } ?? ""
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <presence xmlns="urn:ietf:params:xml:ns:pidf" entity="\(self.resource)"><tuple id="t">\
            <status><basic>\(self.sequence % 2 == 0 ? "open" : "closed")</basic></status>\
            <note>\(self.watcher)|\(self.resource)|\(self.sequence)\(document)</note></tuple></presence>
            """
        return Array(text.utf8)
    }
}
