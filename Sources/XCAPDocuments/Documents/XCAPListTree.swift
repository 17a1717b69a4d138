// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore

/// Lists with everything in them (RFC 4826 §3), flat in memory: the nodes in document order, each with the index after
/// its last descendant.
///
/// A walk over all entries is a loop over an array, and neither reading nor freeing a deep tree recurses.
public struct XCAPListTree: Sendable, Hashable {
    /// What a node is.
    public enum Content: Sendable, Hashable {
        /// `list`.
        case list(name: String?)
        /// `entry`, with its URI as written, without the white space around it.
        case entry(uri: String)
        /// `entry-ref`: a relative reference to an entry elsewhere.
        case entryRef(ref: String)
        /// `external`: an absolute reference to a list elsewhere.
        case external(anchor: String)
        /// `display-name` or an element of a foreign namespace: counts as a position in a node selector, nothing else.
        case other
    }

    /// One element.
    public struct Node: Sendable, Hashable {
        /// What it is.
        public var content: Content
        /// Its `display-name` children, not empty ones.
        public var names: [RLSDisplayName] = []
        /// The index after its last descendant.
        public var end: Int
    }

    /// The nodes in document order.
    public private(set) var nodes: [Node] = []

    /// An empty tree.
    init() {}

    /// The indexes of the children of a node; of the root element when nil.
    public func children(of parent: Int?) -> some Sequence<Int> {
        let first = parent.map { $0 + 1 } ?? 0
        let end = parent.map { self.nodes[$0].end } ?? self.nodes.count
        return sequence(state: first) { next -> Int? in
            guard next < end else { return nil }
            defer { next = self.nodes[next].end }
            return next
        }
    }

    mutating func append(_ content: Content) -> Int {
        self.nodes.append(Node(content: content, end: self.nodes.count + 1))
        return self.nodes.count - 1
    }

    mutating func close(_ index: Int) {
        self.nodes[index].end = self.nodes.count
    }

    mutating func name(_ index: Int, _ name: RLSDisplayName) {
        if self.nodes[index].names.isEmpty {
            // Mostly the only one: an array of just its size.
            self.nodes[index].names = [name]
        } else {
            self.nodes[index].names.append(name)
        }
    }
}
