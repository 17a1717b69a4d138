// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// An element of a document: what `resource-list`, `external` and `entry-ref` name.
public struct XCAPElementReference: Sendable, Hashable {
    /// The document.
    public let document: XCAPDocumentReference
    /// The element in it.
    public let node: XCAPNodeSelector

    init(_ document: XCAPDocumentReference, _ node: XCAPNodeSelector) {
        self.document = document
        self.node = node
    }
}

/// The path of an XCAP URI, split at its `~~` (R4825-01).
struct XCAPPath {
    /// The document's part, its segments without escapes.
    let segments: [String]
    /// The node selector as written.
    let node: Substring

    init(_ path: String) throws(XCAPReferenceError) {
        var document = Substring()
        var rest = Substring(path)
        while true {
            let segment = rest.prefix { $0 != "/" }
            // `%7E%7E` means the same as `~~`.
            if PercentEncoding.decode(segment.utf8) == "~~" {
                document = path[..<segment.startIndex]
                rest = rest[segment.endIndex...]
                break
            }
            guard segment.endIndex < rest.endIndex else {
                // Refused before "not an element": what a path must not contain is reported as that.
                _ = try HTTPURL.segments(path)
                throw .noElement("names a document, not an element in it")
            }
            rest = rest[rest.index(after: segment.endIndex)...]
        }
        self.segments = try HTTPURL.segments(document.dropLast())
        self.node = rest.dropFirst()
    }
}
