// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import RLSCore
internal import ResourceListServer

extension XCAPListWalk {
    /// Follows an `entry-ref`.
    mutating func follow(
        _ text: String,
        to target: XCAPElementReference,
        names: [RLSDisplayName]
    ) throws(RLSResolverError) -> XCAPDocumentReference? {
        guard try self.mayFollow(text, to: target) else { return nil }
        guard let answer = self.documents[target.document] else { return target.document }
        self.referenceCount += 1
        self.step()
        guard
            let lists = answer?.lists, let index = target.node.node(in: lists),
            case .entry(let uri) = lists.nodes[index].content
        else {
            try self.lose(text, .danglingReference)
            return nil
        }
        // R4826-16: a name at the reference is the watcher's nickname for the entry.
        try self.add(uri, names: names.isEmpty ? lists.nodes[index].names : names)
        return nil
    }

    /// Follows an `external`.
    mutating func follow(
        _ text: String,
        to target: XCAPElementReference
    ) throws(RLSResolverError) -> XCAPDocumentReference? {
        guard !self.traversed.contains(target) else {
            self.step()
            try self.repeated(text, self.frames.contains { $0.reference == target })
            return nil
        }
        guard try self.mayFollow(text, to: target) else { return nil }
        guard let answer = self.documents[target.document] else { return target.document }
        self.referenceCount += 1
        self.step()
        guard
            let lists = answer?.lists, let index = target.node.node(in: lists), case .list = lists.nodes[index].content
        else {
            try self.lose(text, .danglingReference)
            return nil
        }
        // The same list under another name (`list[1]` for `list[@name="a"]`) is the same list.
        let place = Place(document: target.document, index: index)
        guard !self.expanded.contains(place) else {
            let isOpen = self.frames.contains { frame in
                frame.reference.map { $0.document == place.document && $0.node.node(in: lists) == index } ?? false
            }
            try self.repeated(text, isOpen)
            return nil
        }
        guard self.frames.count <= self.options.maxReferenceDepth else {
            try self.lose(text, .tooManyDocuments)
            return nil
        }
        self.enter(index, of: lists, by: target)
        return nil
    }

    mutating func enter(_ index: Int, of lists: XCAPListTree, by target: XCAPElementReference) {
        self.traversed.insert(target)
        self.expanded.insert(Place(document: target.document, index: index))
        self.push(
            Frame(
                tree: lists,
                index: index + 1,
                end: lists.nodes[index].end,
                origin: target.document,
                reference: target
            )
        )
    }

    /// A list for the second time. R4826-57: strict, that ends it; partial (R4826-61), a list that is still open is a loop,
    /// and one that is done has its entries in the flat list already.
    private mutating func repeated(_ text: String, _ isOpen: Bool) throws(RLSResolverError) {
        if isOpen || self.options.policy == .strict {
            try self.lose(text, .loop)
        }
    }

    /// Whether limits let a reference be followed; if not, it is lost and done.
    private mutating func mayFollow(
        _ text: String,
        to target: XCAPElementReference
    ) throws(RLSResolverError) -> Bool {
        let isNew = self.documents[target.document] == nil
        let isTooMuch =
            self.referenceCount >= self.options.maxReferences
            || (isNew && self.documents.count >= self.options.maxDocuments)
            || (isNew && self.documentBytes >= self.options.maxTotalBytes)
        guard isTooMuch else { return true }
        self.step()
        try self.lose(text, .tooManyDocuments)
        return false
    }
}
