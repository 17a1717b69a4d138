// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import ResourceListServer

/// The way from a service to its flat list (RFC 4826 §4.5), as a state machine that asks for the documents it needs.
///
/// It does no I/O: `next()` names a document, the caller fetches it and hands it over with `supply(_:for:)`, until the
/// list is done. So every source of documents walks alike.
public struct XCAPListWalk: Sendable {
    /// What comes next.
    public enum Step: Sendable {
        /// This document is needed; hand it over and ask again.
        case need(XCAPDocumentReference)
        /// The list.
        case done(RLSResolvedList)
    }

    /// What became of a document that was asked for.
    public enum Answer: Sendable {
        /// It is here.
        case document(XCAPDocument)
        /// The source says that there is none.
        case missing
        /// It could not be had or read.
        case failed(RLSResolverError)
    }

    /// A list that is being walked.
    struct Frame: Sendable {
        var tree: XCAPListTree
        var index: Int
        var end: Int
        var origin: XCAPDocumentReference
        /// The reference that led here; nil for the service's own inline list.
        var reference: XCAPElementReference?
    }

    /// A list, by its place.
    struct Place: Sendable, Hashable {
        var document: XCAPDocumentReference
        var index: Int
    }

    let service: XCAPService
    let origin: XCAPDocumentReference
    let rules: XCAPReferenceRules
    let options: XCAPOptions
    var frames: [Frame] = []
    var documents: [XCAPDocumentReference: XCAPDocument?] = [:]
    var documentBytes = 0
    var isBegun = false
    /// What the service's `resource-list` names.
    private var resourceList: XCAPElementReference?
    var isFull = false
    var elementCount = 0
    var referenceCount = 0
    var traversed: Set<XCAPElementReference> = []
    var expanded: Set<Place> = []
    var known: Set<String> = []
    var list: RLSResolvedList

    /// Starts at a service.
    ///
    /// - Parameters:
    ///   - service: the service.
    ///   - document: the rls-services document it stands in.
    public init(
        _ service: XCAPService,
        in document: XCAPDocument,
        rules: XCAPReferenceRules,
        options: XCAPOptions = XCAPOptions()
    ) {
        self.service = service
        self.origin = document.reference
        self.rules = rules
        self.options = options
        self.list = RLSResolvedList(
            entries: [],
            sources: [RLSDocumentVersion(key: document.reference.key, etag: document.etag)]
        )
    }

    /// Walks as far as it goes without a further document.
    ///
    /// - Throws: `badDocument` when the service has no usable list; `badReference` when its `resource-list` leads nowhere
    ///   (R4826-45), or, with policy strict, any reference; `tooLarge` with policy strict.
    public mutating func next() throws(RLSResolverError) -> Step {
        if !self.isBegun {
            if let needed = try self.begin() {
                return .need(needed)
            }
            self.isBegun = true
        }
        while !self.isFull, let top = self.frames.indices.last {
            let index = self.frames[top].index
            guard index < self.frames[top].end else {
                self.frames.removeLast()
                continue
            }
            guard self.elementCount < self.options.maxElements else {
                try self.lose(self.service.uri, .tooManyEntries)
                break
            }
            if let needed = try self.visit(self.frames[top].tree.nodes[index], in: top) {
                return .need(needed)
            }
        }
        return .done(self.list)
    }

    /// Hands over a document that `next()` asked for.
    ///
    /// - Throws: the failure, when it ends the resolution: the service's own list or a document of an own root. A document
    ///   of a foreign root, or a malformed one that is not the service's own list, is a loss with policy partial.
    public mutating func supply(_ answer: Answer, for reference: XCAPDocumentReference) throws(RLSResolverError) {
        switch answer {
        case .document(let document):
            self.documentBytes += document.byteCount
            self.list.sources.append(RLSDocumentVersion(key: reference.key, etag: document.etag))
            self.documents[reference] = .some(document)
        case .missing:
            self.list.sources.append(RLSDocumentVersion(key: reference.key))
            self.documents[reference] = .some(nil)
        case .failed(let error):
            // Nothing is served from half of an own server's documents: a short outage would end subscriptions.
            let isLoss = self.isBegun && (error.code == .badDocument || !self.rules.isOwn(reference))
            guard isLoss, self.options.policy == .partial else { throw error }
            self.list.sources.append(RLSDocumentVersion(key: reference.key))
            self.documents[reference] = .some(nil)
            try self.lose(reference.key, .unreadableDocument)
        }
    }

    // MARK: Steps

    /// Puts the service's own list on the stack; gives back the document that this takes.
    private mutating func begin() throws(RLSResolverError) -> XCAPDocumentReference? {
        switch self.service.list {
        case .invalid:
            throw RLSResolverError(
                .badDocument,
                document: self.origin.key,
                message: "a service has not exactly one list or resource-list"
            )
        case .inline(let tree):
            guard let root = tree.nodes.first else { return nil }
            self.list.names = root.names
            self.push(Frame(tree: tree, index: 1, end: root.end, origin: self.origin))
            return nil
        case .reference(let text):
            // Asked for twice: before its document is here and after.
            let target = try self.resourceList(text)
            self.resourceList = target
            guard let answer = self.documents[target.document] else { return target.document }
            guard let lists = answer?.lists, let node = target.node.node(in: lists),
                case .list = lists.nodes[node].content
            else {
                throw RLSResolverError(
                    .badReference,
                    document: target.document.key,
                    message: "resource-list names no list in this document"
                )
            }
            self.list.names = lists.nodes[node].names
            self.enter(node, of: lists, by: target)
            return nil
        }
    }

    private func resourceList(_ text: String) throws(RLSResolverError) -> XCAPElementReference {
        if let known = self.resourceList { return known }
        do throws(XCAPReferenceError) {
            return try self.rules.resourceList(text, in: self.origin)
        } catch {
            throw RLSResolverError(
                .badReference,
                document: self.origin.key,
                message: "resource-list: \(error.reason)"
            )
        }
    }

    /// Handles the next element of the topmost list; gives back the document that this takes, and then has done nothing.
    private mutating func visit(
        _ node: XCAPListTree.Node,
        in top: Int
    ) throws(RLSResolverError) -> XCAPDocumentReference? {
        switch node.content {
        case .list, .other:
            // R4826-50: nesting disappears. What is in a list stands behind it in the array.
            break
        case .entry(let uri):
            self.step()
            try self.add(uri, names: node.names)
            return nil
        case .entryRef(let ref):
            let target: XCAPElementReference
            do throws(XCAPReferenceError) {
                target = try self.rules.entryRef(ref, in: self.frames[top].origin)
            } catch {
                self.step()
                try self.lose(ref, error)
                return nil
            }
            return try self.follow(ref, to: target, names: node.names)
        case .external(let anchor):
            let target: XCAPElementReference
            do throws(XCAPReferenceError) {
                target = try self.rules.external(anchor)
            } catch {
                self.step()
                try self.lose(anchor, error)
                return nil
            }
            return try self.follow(anchor, to: target)
        }
        self.step()
        return nil
    }

    mutating func push(_ frame: Frame) {
        if self.list.entries.isEmpty {
            // Mostly all elements of the first list are entries, and no other list follows.
            let count = min(frame.end - frame.index, self.options.maxEntries)
            self.list.entries.reserveCapacity(count)
            self.known.reserveCapacity(count)
        }
        self.frames.append(frame)
    }

    mutating func step() {
        self.elementCount += 1
        self.frames[self.frames.count - 1].index += 1
    }

    mutating func add(_ uri: String, names: [RLSDisplayName]) throws(RLSResolverError) {
        switch XCAPEntryURI.entry(uri, names: names, schemeless: self.options.schemelessURIs) {
        case .failure(.malformed):
            try self.lose(uri, .malformedURI)
        case .failure(.unsubscribable):
            // R4826-12, R4826-52: skipped, not an error, whatever the policy.
            self.record(uri, .unsubscribableScheme)
        case .success(let entry):
            // R4826-51: equal strings are one entry; URIs that are equal but written differently are two (R4826-65).
            guard self.known.insert(entry.uri).inserted else { return }
            guard self.list.entries.count < self.options.maxEntries else {
                self.isFull = true
                return try self.lose(uri, .tooManyEntries)
            }
            self.list.entries.append(entry)
        }
    }
}
