// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import ResourceListServer
internal import SIPMessage
internal import XCAPDocuments

/// How the table names a document.
struct XCAPDocumentKey: Sendable, Hashable {
    /// OpenXCAP's numbers of applications.
    enum DocumentType: Int64, Sendable, Hashable {
        case resourceLists = 4, rlsServices = 8

        var application: XCAPApplication {
            switch self {
            case .resourceLists: .resourceLists
            case .rlsServices: .rlsServices
            }
        }
    }

    let type: DocumentType
    /// "" and "": the global tree.
    let username: String
    let domain: String
    /// The path of the file below the user's home.
    let file: [String]

    var isGlobal: Bool { self.username.isEmpty && self.domain.isEmpty }

    /// - Returns: nil when the table cannot have it, because its user has no name or no domain.
    init?(_ selector: XCAPDocumentSelector) {
        switch selector.application {
        case .resourceLists: self.type = .resourceLists
        case .rlsServices: self.type = .rlsServices
        }
        self.file = selector.file
        switch selector.tree {
        case .global:
            self.username = ""
            self.domain = ""
        case .user(let identifier):
            let text = identifier.contains(":") ? identifier : "sip:\(identifier)"
            guard let uri = try? SIPURI(text), let user = uri.user, !user.isEmpty else { return nil }
            self.username = user
            self.domain = uri.host
        }
    }

    /// A row of the table as a notification or a poll names it.
    ///
    /// - Returns: nil for a document of another kind.
    init?(type: Int64, username: String, domain: String, documentURI: String) {
        guard let type = DocumentType(rawValue: type), let file = Self.file(documentURI, type.application) else {
            return nil
        }
        self.type = type
        self.username = username
        self.domain = domain
        self.file = file
    }

    /// Whether a row's `doc_uri` names this document: a file name (OpenXCAP), a path (Kamailio's xcap_server) or a URL
    /// (xcap_client).
    func isNamed(by documentURI: String) -> Bool {
        Self.file(documentURI, self.type.application) == self.file
    }

    /// The path below the user's home that a `doc_uri` says.
    private static func file(_ documentURI: String, _ application: XCAPApplication) -> [String]? {
        let name = application.rawValue
        let segments = documentURI.split(separator: "/", omittingEmptySubsequences: false)
        if let start = segments.firstIndex(where: { $0 == name }) {
            return try? XCAPDocumentSelector(path: segments[start...].joined(separator: "/")).file
        }
        return try? XCAPDocumentSelector(path: "\(name)/global/\(documentURI)").file
    }

    /// The keys by which lists may know it: the user's identifier with and without scheme.
    var changeKeys: [String] {
        let users =
            self.isGlobal
            ? ["global"] : ["users/sip:\(self.username)@\(self.domain)", "users/\(self.username)@\(self.domain)"]
        return users.compactMap { tree in
            let path = "\(self.type.application.rawValue)/\(tree)/\(self.file.joined(separator: "/"))"
            return (try? XCAPDocumentSelector(path: path)).map { XCAPDocumentReference($0).key }
        }
    }
}
#endif
