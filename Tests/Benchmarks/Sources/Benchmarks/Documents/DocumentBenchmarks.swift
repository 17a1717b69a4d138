// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer
import SIPMessage
import XCAPDocuments

/// From the bytes of a list's documents to its flat entries.
struct DocumentBenchmarks {
    let recorder: Recorder

    func run() {
        for entries in [20, 200, 2_000] {
            self.measure("documents: list of \(entries)", entries: entries)
        }
    }

    private func measure(_ name: String, entries: Int) {
        guard let selector = XCAPDocumentSelector(.rlsServices, user: "sip:alice@example.com") else {
            preconditionFailure("this is a user")
        }
        let services = XCAPDocumentReference(selector)
        let bytes = Self.document(entries: entries)
        self.recorder.measure(
            name,
            operations: 1,
            prepare: { _ in 0 },
            run: { found in
                guard
                    let document = try? XCAPDocument(parsing: bytes, from: services),
                    let service = document.services?.service(named: "sip:alice-list@example.com")
                else { preconditionFailure("the document is good") }
                var walk = XCAPListWalk(service, in: document, rules: .oneTree())
                guard case .done(let list)? = try? walk.next() else {
                    preconditionFailure("the list refers to no other document")
                }
                found = list.entries.count
            },
            finish: { precondition($0 == entries) }
        )
    }

    /// An index whose one service holds the list itself, three levels deep, with a name for each entry.
    private static func document(entries: Int) -> [UInt8] {
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <rls-services xmlns="urn:ietf:params:xml:ns:rls-services" \
            xmlns:rl="urn:ietf:params:xml:ns:resource-lists">
            <service uri="sip:alice-list@example.com"><list><rl:list name="friends"><rl:list name="near">\n
            """
        for entry in 0..<entries {
            text += """
                <rl:entry uri="\(PresenceServer.uri(entry))"><rl:display-name>User \(entry)</rl:display-name></rl:entry>\n
                """
        }
        text += """
            </rl:list></rl:list></list><packages><package>presence</package></packages></service></rls-services>\n
            """
        return Array(text.utf8)
    }
}
