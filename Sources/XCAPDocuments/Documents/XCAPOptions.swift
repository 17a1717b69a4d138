// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// How documents are read and lists are made from them.
public struct XCAPOptions: Sendable {
    /// What happens when a part of a list cannot be had (R4826-60).
    public enum Policy: Sendable, Hashable {
        /// The rest is served and each loss recorded in ``RLSResolvedList/losses``.
        case partial
        /// The list is not served: `badReference` (502, R4826-54, R4826-57, R4826-59) or `tooLarge` (403).
        case strict
    }

    /// Whose the lists of `rls-services/global/index` are.
    public enum GlobalIndex: Sendable, Hashable {
        /// The operator's: offered to everybody, ``RLSListOwner/shared``.
        case operatorLists
        /// The union of all users' services, as RFC 4826 §4.4.9 demands of an XCAP server (R4826-35). A service belongs to
        /// the user whose list it refers to; the owner of one with a list inside is unknown.
        case unionOfUsers
        /// Not asked for.
        case unused
    }

    /// Accept list elements in the namespace of rls-services or in none, as users write them (R4826-30). Default on.
    public var lenientNamespaces = true
    /// Take a URI `user@host` for `sip:user@host`. Default on.
    public var schemelessURIs = true
    /// What happens when a part of a list cannot be had. Default partial.
    public var policy: Policy = .partial
    /// Whose the lists of the global index are. Default the operator's.
    public var globalIndex: GlobalIndex = .operatorLists
    /// Limits of users' documents.
    public var documentLimits: XCAPDocumentLimits = .standard
    /// Limits of `rls-services/global/index`.
    public var globalIndexLimits: XCAPDocumentLimits = .globalIndex
    /// Entries of one list. Default 10,000: it bounds the work; how many are served is
    /// ``RLSConfiguration/maxEntriesPerList``.
    public var maxEntries = 10_000
    /// Documents that one list is made from. Default 32.
    public var maxDocuments = 32
    /// Bytes of all documents that one list is made from, without the rls-services document. Default 4 MiB.
    public var maxTotalBytes = 4_194_304
    /// References followed for one list. Default 1,000.
    public var maxReferences = 1_000
    /// Lists that refer to lists that refer to lists. Default 16.
    public var maxReferenceDepth = 16
    /// Elements looked at for one list. Default 200,000.
    public var maxElements = 200_000

    /// Creates the defaults.
    public init() {}

    /// The limits of a document.
    public func limits(of selector: XCAPDocumentSelector) -> XCAPDocumentLimits {
        selector == .globalServices ? self.globalIndexLimits : self.documentLimits
    }
}
