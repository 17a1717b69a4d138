// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSPostgres
import ResourceListServer
import XCAPDocuments
import XCAPResolvers

/// Where lists come from, ready for use.
enum ListSource {
    case directory(XCAPDirectoryResolver, path: String)
    case servers(XCAPHTTPResolver, roots: [String])
    case database(OpenXCAPResolver, description: String)

    static func directory(_ path: String) -> ListSource {
        .directory(XCAPDirectoryResolver(directory: path), path: path)
    }

    static func servers(_ configuration: XCAPHTTPConfiguration) -> ListSource {
        .servers(XCAPHTTPResolver(configuration), roots: configuration.roots.map(\.root.description))
    }

    static func database(_ configuration: OpenXCAPConfiguration) -> ListSource {
        .database(OpenXCAPResolver(configuration), description: "\(configuration)")
    }

    var resolver: any RLSListResolver {
        switch self {
        case .directory(let resolver, _): resolver
        case .servers(let resolver, _): resolver
        case .database(let resolver, _): resolver
        }
    }

    /// For the log; shows no password.
    var description: String {
        switch self {
        case .directory(_, let path): "directory \(path)"
        case .servers(_, let roots): roots.joined(separator: ", ")
        case .database(_, let description): "database \(description)"
        }
    }

    /// Closes what is open. Nothing may be asked of the resolver any more.
    func shutdown() async {
        switch self {
        case .directory: break
        case .servers(let resolver, _): await resolver.shutdown()
        case .database(let resolver, _): resolver.shutdown()
        }
    }
}
