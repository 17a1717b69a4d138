// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Where references in documents may lead (S-SSRF). Everything else is refused before anything is fetched.
public struct XCAPReferenceRules: Sendable {
    /// URLs and the root that they mean; nil: the source's one tree.
    private var own: [(prefix: XCAPRoot, root: XCAPRoot?)]
    private var external: [XCAPRoot]
    private var acceptsEveryRoot: Bool

    /// One tree without network, such as a directory or a database.
    ///
    /// - Parameter roots: the URLs under which the tree is known to the authors of its documents. Empty: whichever host a
    ///   reference names, its document is looked for in this tree, by the path from `resource-lists` on. Nothing is fetched
    ///   from that host.
    public static func oneTree(knownAs roots: [XCAPRoot] = []) -> XCAPReferenceRules {
        XCAPReferenceRules(
            own: roots.map { ($0, nil) },
            external: [],
            acceptsEveryRoot: roots.isEmpty
        )
    }

    /// XCAP servers.
    ///
    /// - Parameters:
    ///   - own: the operator's roots, each with other URLs that mean the same root.
    ///   - external: roots of others to which `external` may lead as well.
    public static func servers(
        _ own: [(root: XCAPRoot, aliases: [XCAPRoot])],
        external: [XCAPRoot] = []
    ) -> XCAPReferenceRules {
        XCAPReferenceRules(
            own: own.flatMap { server in ([server.root] + server.aliases).map { ($0, server.root) } },
            external: external,
            acceptsEveryRoot: false
        )
    }

    /// Whether a document is the operator's own.
    public func isOwn(_ document: XCAPDocumentReference) -> Bool {
        guard let root = document.root else { return true }
        return self.own.contains { $0.root == root }
    }

    /// Reads a key made by ``XCAPDocumentReference/key``.
    public func document(key: String) throws(XCAPReferenceError) -> XCAPDocumentReference {
        guard HTTPURL.isAbsolute(key) else { return XCAPDocumentReference(try XCAPDocumentSelector(path: key)) }
        let url = try HTTPURL(key)
        return try self.document(url, segments: try HTTPURL.segments(url.path))
    }

    /// The list that a `resource-list` names: an absolute URI under the root of its document, and, in a user's document, in
    /// the home of the same user (R4826-32, R4826-33).
    public func resourceList(
        _ text: String,
        in origin: XCAPDocumentReference
    ) throws(XCAPReferenceError) -> XCAPElementReference {
        let target = try self.absolute(text)
        guard target.document.root == origin.root else { throw .refused("another XCAP root") }
        if case .user(let owner) = origin.selector.tree {
            guard case .user(let other) = target.document.selector.tree, XCAPUser.isSame(owner, other) else {
                throw .refused("home of another user")
            }
        }
        return target
    }

    /// The list that an `external` names: an absolute URI under an own or an allowed root (R4826-14, R4826-56).
    public func external(_ text: String) throws(XCAPReferenceError) -> XCAPElementReference {
        try self.absolute(text)
    }

    /// The entry that an `entry-ref` names: a path relative to the XCAP root of the document that it stands in (R4826-13,
    /// R4826-53), so that a document of a foreign root cannot reach into ours.
    ///
    /// An absolute URI under that root, which the RFC forbids to write, is understood too.
    public func entryRef(
        _ text: String,
        in origin: XCAPDocumentReference
    ) throws(XCAPReferenceError) -> XCAPElementReference {
        guard !text.isEmpty else { throw .noElement("no reference") }
        if HTTPURL.isAbsolute(text) {
            let target = try self.absolute(text)
            guard target.document.root == origin.root else { throw .refused("another XCAP root") }
            return target
        }
        guard !text.hasPrefix("/") else { throw .refused("not a relative path") }
        // RFC 3986 §5.2 against a base that ends in "/" (R4826-55): the path is appended to the root. Dot segments, with
        // which it could do more, are refused. The host is a stand-in for the grammar's sake.
        let url = try HTTPURL("http://root/" + text)
        let path = try XCAPPath(url.path)
        return XCAPElementReference(
            XCAPDocumentReference(root: origin.root, try Self.lists(path.segments)),
            try XCAPNodeSelector(path.node, query: url.query)
        )
    }

    private func absolute(_ text: String) throws(XCAPReferenceError) -> XCAPElementReference {
        guard !text.isEmpty else { throw .noElement("no reference") }
        let url = try HTTPURL(text)
        // Where it leads is judged before what it names there.
        _ = try self.root(url)
        let path = try XCAPPath(url.path)
        let document = try self.document(url, segments: path.segments)
        guard document.selector.application == .resourceLists else { throw .refused("not in resource-lists") }
        return XCAPElementReference(document, try XCAPNodeSelector(path.node, query: url.query))
    }

    private static func lists(_ segments: [String]) throws(XCAPReferenceError) -> XCAPDocumentSelector {
        let selector = try XCAPDocumentSelector(segments: segments)
        guard selector.application == .resourceLists else { throw .refused("not in resource-lists") }
        return selector
    }

    private func root(_ url: HTTPURL) throws(XCAPReferenceError) {
        guard !self.acceptsEveryRoot else { return }
        let isKnown = (self.own.map(\.prefix) + self.external).contains {
            $0.scheme == url.scheme && $0.host == url.host && $0.port == url.port
        }
        guard isKnown else { throw .refused("host that references may not lead to") }
    }

    private func document(_ url: HTTPURL, segments: [String]) throws(XCAPReferenceError) -> XCAPDocumentReference {
        for (prefix, root) in self.own {
            if let rest = Self.rest(of: url, segments, after: prefix) {
                return XCAPDocumentReference(root: root, try XCAPDocumentSelector(segments: rest))
            }
        }
        for prefix in self.external {
            if let rest = Self.rest(of: url, segments, after: prefix) {
                return XCAPDocumentReference(root: prefix, try XCAPDocumentSelector(segments: rest))
            }
        }
        guard
            self.acceptsEveryRoot,
            let start = segments.firstIndex(where: { XCAPApplication(rawValue: $0) != nil })
        else {
            throw .refused("XCAP root that references may not lead to")
        }
        return XCAPDocumentReference(try XCAPDocumentSelector(segments: Array(segments[start...])))
    }

    private static func rest(of url: HTTPURL, _ segments: [String], after root: XCAPRoot) -> [String]? {
        guard
            root.scheme == url.scheme, root.host == url.host, root.port == url.port,
            segments.starts(with: root.segments)
        else {
            return nil
        }
        return Array(segments.dropFirst(root.segments.count))
    }
}
