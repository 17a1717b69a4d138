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
        var start = path.startIndex
        while true {
            let end = path.utf8[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
            if Self.isSeparator(path.utf8[start..<end]) {
                self.segments = try HTTPURL.segments(path[..<start].dropLast())
                self.node = path[end...].dropFirst()
                return
            }
            guard end < path.endIndex else { break }
            start = path.utf8.index(after: end)
        }
        // Refused before "not an element": what a path must not contain is reported as that.
        _ = try HTTPURL.segments(path)
        throw .noElement("names a document, not an element in it")
    }

    /// `%7E%7E` means the same as `~~`.
    private static func isSeparator(_ segment: Substring.UTF8View) -> Bool {
        switch segment.first {
        case UInt8(ascii: "~"), UInt8(ascii: "%"): PercentEncoding.decode(segment) == "~~"
        default: false
        }
    }
}
