// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

/// A name from a list document (RFC 4826 §3.1 `display-name`, RFC 4662 §5.4 `name`).
public struct RLSDisplayName: Sendable, Hashable {
    /// The text, without markup.
    public var text: String
    /// A language tag (`xml:lang`), when the document gives one.
    public var language: String?

    /// Creates a name.
    public init(_ text: String, language: String? = nil) {
        self.text = text
        self.language = language
    }
}

/// One resource of a list.
public struct RLSListEntry: Sendable, Hashable {
    /// The URI as the list shows it and as the RLMI document repeats it, byte for byte (R4662-70).
    public var uri: String
    /// The URI to subscribe to: `sip:` for a `pres:` entry (R4826-66).
    public var target: SIPURI
    /// Names of the resource, from the watcher's own list only (R4662-128).
    public var names: [RLSDisplayName]

    /// Creates an entry.
    public init(uri: String, target: SIPURI, names: [RLSDisplayName] = []) {
        self.uri = uri
        self.target = target
        self.names = names
    }
}

/// A document that a list was made from, and its version.
public struct RLSDocumentVersion: Sendable, Hashable {
    /// The resolver's key of the document; an RLSListChange names documents by it.
    public var key: String
    /// The version as the source names it, opaque.
    public var etag: String?

    /// Creates a document version.
    public init(key: String, etag: String? = nil) {
        self.key = key
        self.etag = etag
    }
}

/// Something in a list document that could not be served, while the rest is (RFC 4826 §4.5, policy `partial`).
public struct RLSListLoss: Sendable, Hashable {
    /// Why it was left out.
    public enum Reason: String, Sendable, Hashable {
        case malformedURI, unsubscribableScheme, danglingReference, refusedReference, loop, tooManyEntries
        case tooManyDocuments, unreadableDocument
    }
    /// What was left out: a URI or a reference, as written.
    public var item: String
    /// Why.
    public var reason: Reason

    /// Creates a loss.
    public init(_ item: String, _ reason: Reason) {
        self.item = item
        self.reason = reason
    }
}

/// A flat list, ready to be served.
public struct RLSResolvedList: Sendable, Hashable {
    /// Names of the list itself.
    public var names: [RLSDisplayName]
    /// The entries in document order, distinct by string (R4826-51, R4826-64).
    public var entries: [RLSListEntry]
    /// All documents the list was made from.
    public var sources: [RLSDocumentVersion]
    /// What was left out.
    public var losses: [RLSListLoss]

    /// Creates a list.
    public init(
        names: [RLSDisplayName] = [],
        entries: [RLSListEntry],
        sources: [RLSDocumentVersion] = [],
        losses: [RLSListLoss] = []
    ) {
        self.names = names
        self.entries = entries
        self.sources = sources
        self.losses = losses
    }

    /// The version to hand back as `known` when the list is asked for again.
    public var version: RLSListVersion { RLSListVersion(sources: self.sources) }
}

/// The version of a list: those of all its documents.
public struct RLSListVersion: Sendable, Hashable {
    /// The documents and their versions.
    public var sources: [RLSDocumentVersion]

    /// Creates a version.
    public init(sources: [RLSDocumentVersion]) {
        self.sources = sources
    }
}

/// Who owns a list; authorisers decide by it.
public enum RLSListOwner: Sendable, Hashable {
    /// One user, by address of record.
    case user(SIPURI)
    /// The operator: a list of the global index, offered to everybody.
    case shared
    /// The source does not tell.
    case unknown
}

/// A service found for a Request-URI (RFC 4826 §4): it is a list, and this is what its `service` element says.
public struct RLSListService: Sendable, Hashable {
    /// The service URI as the document has it.
    public var uri: String
    /// Event packages served; nil: all (R4826-31). An empty array serves none.
    public var packages: [String]?
    /// The owner.
    public var owner: RLSListOwner
    /// The resolver's own note of where the service stands; opaque to everybody else.
    public var location: String

    /// Creates a service.
    public init(uri: String, packages: [String]? = nil, owner: RLSListOwner, location: String = "") {
        self.uri = uri
        self.packages = packages
        self.owner = owner
        self.location = location
    }
}

/// The answer to "resolve this service".
public enum RLSResolution: Sendable, Hashable {
    /// The list.
    case list(RLSResolvedList)
    /// Nothing changed since the version given as `known`.
    case unchanged
    /// The service no longer exists.
    case gone
}
