// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import RLSCore
import ResourceListServer
import SIPMessage
import Testing

@testable import XCAPDocuments

/// The example documents beside the package.
enum Catalogue {
    /// `shared` in the folder that the package stands in.
    static let folder: URL = {
        var url = URL(fileURLWithPath: #filePath)
        while url.path != "/", !FileManager.default.fileExists(atPath: url.appendingPathComponent("Package.swift").path)
        {
            url.deleteLastPathComponent()
        }
        return url.deletingLastPathComponent().appendingPathComponent("shared")
    }()

    static let isPresent = FileManager.default.fileExists(atPath: folder.path)
    /// Where the catalogue has to be there, its absence is a failure and not a reason to skip.
    static let isExpected = isPresent || ProcessInfo.processInfo.environment["CI"] == "true"

    static func bytes(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: self.folder.appendingPathComponent(path)))
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try self.bytes(path), as: UTF8.self)
    }
}

/// A source of documents in memory, by key.
struct Documents: Sendable {
    var texts: [String: String] = [:]
    var failures: [String: RLSResolverError] = [:]
    var options = XCAPOptions()
    var rules = XCAPReferenceRules.oneTree()

    func fetch(_ reference: XCAPDocumentReference) throws(RLSResolverError) -> XCAPDocument? {
        if let failure = self.failures[reference.key] { throw failure }
        guard let text = self.texts[reference.key] else { return nil }
        return try XCAPDocument(parsing: Array(text.utf8), from: reference, options: self.options)
    }

    var lookup: XCAPListLookup {
        XCAPListLookup(rules: self.rules, options: self.options) { (reference) async throws(RLSResolverError) in
            try self.fetch(reference)
        }
    }

    /// Finds and flattens.
    func list(_ uri: String, watcher: String, roots: [XCAPRoot?] = [nil]) async throws -> RLSResolvedList {
        let service = try #require(
            try await self.lookup.findService(try SIPURI(uri), watcher: try SIPURI(watcher), roots: roots)
        )
        guard case .list(let list) = try await self.lookup.resolve(service) else {
            throw RLSResolverError(.unavailable, document: "", message: "not a list")
        }
        return list
    }
}

/// A resource-lists document around some markup.
func lists(_ content: String) -> String {
    #"<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">\#(content)</resource-lists>"#
}

/// An rls-services document around some markup; `rl:` is bound.
func services(_ content: String) -> String {
    #"""
    <rls-services xmlns="urn:ietf:params:xml:ns:rls-services" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">\#
    \#(content)</rls-services>
    """#
}

/// Parses without the wrapping of errors that ``XCAPDocument`` does.
func parse(
    _ bytes: [UInt8],
    _ application: XCAPApplication = .resourceLists,
    limits: XCAPDocumentLimits = .standard,
    lenient: Bool = true
) throws(XCAPDocumentError) -> ListDocumentBuilder {
    let builder = ListDocumentBuilder(
        application,
        lenientNamespaces: lenient,
        maxValueBytes: limits.maxValueBytes
    )
    return try XMLReader.read(bytes, limits: limits, builder: builder)
}

func parse(
    _ text: String,
    _ application: XCAPApplication = .resourceLists,
    limits: XCAPDocumentLimits = .standard,
    lenient: Bool = true
) throws(XCAPDocumentError) -> ListDocumentBuilder {
    try parse(Array(text.utf8), application, limits: limits, lenient: lenient)
}
