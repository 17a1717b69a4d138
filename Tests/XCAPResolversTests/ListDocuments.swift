// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer
import SIPMessage
import Testing

/// The tutorial's list of alice.
enum Tutorial {
    static let alice = "sip:alice@example.org"
    static let uri = "sip:alice-list@example.org"
    static let services = """
        <?xml version="1.0" encoding="UTF-8"?>
        <rls-services xmlns="urn:ietf:params:xml:ns:rls-services" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">
          <service uri="sip:alice-list@example.org">
            <list name="alice-list"><rl:entry uri="bob@example.org"/><rl:entry uri="claire@example.org"/></list>
            <packages><package>presence</package></packages>
          </service>
          <service uri="sip:alice-friends@example.org">
            <resource-list>\(root)/resource-lists/users/sip:alice@example.org/index/~~/resource-lists/list%5B@name=%22friends%22%5D</resource-list>
          </service>
        </rls-services>
        """
    static let root = "http://xcap.example.org/root"

    static func services(root: String) -> String {
        self.services.replacing(self.root, with: root)
    }

    static func friends(_ uris: String...) -> String {
        let entries = uris.map { "<entry uri=\"\($0)\"/>" }.joined()
        return
            #"<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="friends">\#(entries)</list></resource-lists>"#
    }
}

extension RLSListResolver {
    func find(_ uri: String, watcher: String = Tutorial.alice) async throws -> RLSListService? {
        try await self.findService(
            RLSListQuery(uri: try SIPURI(uri), event: "presence", watcher: try SIPURI(watcher))
        )
    }

    /// Finds and resolves.
    func list(_ uri: String, watcher: String = Tutorial.alice) async throws -> RLSResolvedList {
        let service = try #require(try await self.find(uri, watcher: watcher))
        let resolution = try await self.resolve(service, known: nil)
        guard case .list(let list) = resolution else {
            throw RLSResolverError(.unavailable, document: "", message: "\(resolution)")
        }
        return list
    }
}
