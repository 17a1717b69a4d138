// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The two applications a list server reads (R4826-01).
public enum XCAPApplication: String, Sendable, Hashable, CaseIterable {
    /// RFC 4826 §4.
    case rlsServices = "rls-services"
    /// RFC 4826 §3.
    case resourceLists = "resource-lists"
}

/// What stands below an XCAP root: the path of a document (RFC 4825 §6.2).
public struct XCAPDocumentSelector: Sendable, Hashable {
    /// The part of the tree.
    public enum Tree: Sendable, Hashable {
        /// `global`.
        case global
        /// `users` and the XCAP user identifier, for SIP the address of record (R4825-02).
        case user(String)
    }

    /// The application.
    public let application: XCAPApplication
    /// The part of the tree.
    public let tree: Tree
    /// The file, with the folders above it; mostly `index`.
    public let file: [String]

    /// `rls-services/global/index`.
    public static let globalServices = XCAPDocumentSelector(.rlsServices, .global, ["index"])

    private init(_ application: XCAPApplication, _ tree: Tree, _ file: [String]) {
        self.application = application
        self.tree = tree
        self.file = file
    }

    /// The `index` of a user (R4826-06, R4826-07).
    ///
    /// - Returns: nil when the user identifier would change the path (R4825-04).
    public init?(_ application: XCAPApplication, user: String) {
        guard HTTPURL.isSafe(segment: user) else { return nil }
        self.init(application, .user(user), ["index"])
    }

    /// Reads a path, percent-encoded or not, as far as it is safe: no empty segment, `.`, `..` or encoded slash.
    public init(path: String) throws(XCAPReferenceError) {
        try self.init(segments: try HTTPURL.segments(path))
    }

    init(segments: [String]) throws(XCAPReferenceError) {
        guard let first = segments.first, let application = XCAPApplication(rawValue: first) else {
            throw .refused("neither rls-services nor resource-lists")
        }
        switch segments.dropFirst().first {
        case "global" where segments.count > 2:
            self.tree = .global
            self.file = Array(segments.dropFirst(2))
        case "users" where segments.count > 3:
            self.tree = .user(segments[2])
            self.file = Array(segments.dropFirst(3))
        default:
            throw .refused("not a document path")
        }
        self.application = application
    }

    /// The segments, without escapes.
    public var segments: [String] {
        switch self.tree {
        case .global: [self.application.rawValue, "global"] + self.file
        case .user(let user): [self.application.rawValue, "users", user] + self.file
        }
    }

    /// The path as a URL has it, without a slash at its begin: each segment percent-encoded (R4825-03).
    public var path: String {
        var path = self.application.rawValue
        switch self.tree {
        case .global: path += "/global"
        case .user(let user): path += "/users/" + PercentEncoding.encode(segment: user)
        }
        for segment in self.file {
            path += "/"
            path += PercentEncoding.encode(segment: segment)
        }
        return path
    }
}

/// A document: root and path.
public struct XCAPDocumentReference: Sendable, Hashable {
    /// The root; nil when the source has one tree and no URLs (a directory, a database).
    public let root: XCAPRoot?
    /// The path below the root.
    public let selector: XCAPDocumentSelector

    /// Names a document.
    public init(root: XCAPRoot? = nil, _ selector: XCAPDocumentSelector) {
        self.root = root
        self.selector = selector
    }

    /// The key that ``RLSDocumentVersion`` and ``RLSListService/location`` have: the URL, or the path when there is no
    /// root. Equal documents have equal keys.
    public var key: String {
        self.root.map { "\($0)/\(self.selector.path)" } ?? self.selector.path
    }
}
