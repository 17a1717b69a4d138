// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import ResourceListServer

/// A document, parsed. Making it is the expensive part: sources that are asked often keep it.
public struct XCAPDocument: Sendable {
    /// What is in it.
    public enum Content: Sendable {
        /// An rls-services document.
        case services(XCAPServiceIndex)
        /// A resource-lists document: its lists side by side.
        case lists(XCAPListTree)
    }

    /// Where it is from.
    public let reference: XCAPDocumentReference
    /// Its version: the source's etag, or a hash of its bytes.
    public let etag: String
    /// Its size in bytes.
    public let byteCount: Int
    /// What is in it.
    public let content: Content

    /// Parses a document.
    ///
    /// - Parameter etag: the version as the source names it; nil: a hash of the bytes is the version.
    /// - Throws: `badDocument`, with the key of the document and what is wrong with it.
    public init(
        parsing bytes: [UInt8],
        from reference: XCAPDocumentReference,
        etag: String? = nil,
        options: XCAPOptions = XCAPOptions()
    ) throws(RLSResolverError) {
        let limits = options.limits(of: reference.selector)
        let application = reference.selector.application
        let builder = ListDocumentBuilder(
            application,
            lenientNamespaces: options.lenientNamespaces,
            maxValueBytes: limits.maxValueBytes
        )
        let contents: ListDocumentBuilder
        do throws(XCAPDocumentError) {
            contents = try XMLReader.read(bytes, limits: limits, builder: builder)
        } catch {
            throw RLSResolverError(.badDocument, document: reference.key, message: error.description)
        }
        self.reference = reference
        self.etag = etag ?? Self.hash(bytes)
        self.byteCount = bytes.count
        switch application {
        case .rlsServices:
            self.content = .services(XCAPServiceIndex(contents.services, schemeless: options.schemelessURIs))
        case .resourceLists:
            self.content = .lists(contents.tree)
        }
    }

    /// The services, when it is an rls-services document.
    public var services: XCAPServiceIndex? {
        if case .services(let services) = self.content { services } else { nil }
    }

    /// The lists, when it is a resource-lists document.
    public var lists: XCAPListTree? {
        if case .lists(let lists) = self.content { lists } else { nil }
    }

    /// 64 bits, eight bytes at a time: tells versions of one document apart; nobody gains by making two alike in their own
    /// document.
    private static func hash(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ word: UInt64) {
            // Folded, so that the upper bytes of a word reach all bits as well.
            hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash &>> 32
        }
        bytes.withUnsafeBytes { bytes in
            let words = bytes.count / 8
            for word in 0..<words {
                add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)))
            }
            for byte in bytes[(words * 8)...] {
                add(UInt64(byte))
            }
        }
        return String(hash, radix: 16)
    }
}
