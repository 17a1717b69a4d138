// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// How large a document may be. Everything is checked before or while it is parsed, so a refused document costs
/// milliseconds and no memory to speak of (S-BOMB).
public struct XCAPDocumentLimits: Sendable, Hashable {
    /// Bytes. Default 256 KiB.
    public var maxBytes = 262_144
    /// Elements inside each other, the root counted. Default 64.
    public var maxDepth = 64
    /// Elements. Default 50,000.
    public var maxElements = 50_000
    /// Attributes and namespace declarations of one element. Default 64.
    public var maxAttributes = 64
    /// Namespace declarations in scope at one place. Default 128.
    public var maxNamespaces = 128
    /// Bytes of one attribute value or of the text of one element. Default 8 KiB.
    public var maxValueBytes = 8_192
    /// Bytes of one tag with all its attributes: libxml2 compares each attribute of a tag with each other. Default 64 KiB.
    public var maxTagBytes = 65_536

    /// Creates the limits for documents that users write.
    public init() {}

    /// For documents that users write.
    public static let standard = XCAPDocumentLimits()

    /// For the global index, which comes from the operator's own server only and holds the services of all users:
    /// 16 MiB, 1,000,000 elements.
    public static let globalIndex: XCAPDocumentLimits = {
        var limits = XCAPDocumentLimits()
        limits.maxBytes = 16_777_216
        limits.maxElements = 1_000_000
        return limits
    }()
}
