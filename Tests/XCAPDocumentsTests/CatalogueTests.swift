// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer
import SIPMessage
import Testing

@testable import XCAPDocuments

/// The examples of the catalogue, walked as their comments say.
@Suite(.enabled(if: Catalogue.isExpected), .timeLimit(.minutes(1))) struct CatalogueTests {
    private let home = "https://xcap.example.com/root"
    private let away = "https://xcap.example.org/root"

    private func documents() throws -> Documents {
        var documents = Documents()
        documents.rules = .servers([(try XCAPRoot(self.home), [])], external: [try XCAPRoot(self.away)])
        let files = [
            "\(self.home)/resource-lists/users/sip:alice@example.com/index": "01-resource-lists-alice",
            "\(self.home)/resource-lists/users/sip:gina@example.com/index": "02-resource-lists-nested-refs",
            "\(self.away)/resource-lists/users/sip:mallory@example.org/index": "03-resource-lists-external-target",
            "\(self.home)/resource-lists/users/sip:loopa@example.com/index": "04-resource-lists-loop-a",
            "\(self.home)/resource-lists/users/sip:loopb@example.com/index": "05-resource-lists-loop-b",
            "\(self.home)/rls-services/users/sip:alice@example.com/index": "06-rls-services-alice",
            "\(self.home)/rls-services/users/sip:bob@example.com/index": "07-rls-services-bob",
            "\(self.home)/rls-services/global/index": "08-rls-services-global-index",
        ]
        for (key, file) in files {
            documents.texts[key] = try Catalogue.text("spec/examples/xcap/\(file).xml")
        }
        return documents
    }

    private func list(_ uri: String, _ watcher: String, _ documents: Documents) async throws -> RLSResolvedList {
        try await documents.list(uri, watcher: watcher, roots: [try XCAPRoot(self.home)])
    }

    private func service(_ user: String, _ list: String) -> String {
        let target = "\(self.home)/resource-lists/users/sip:\(user)@example.com/index/~~/resource-lists/\(list)"
        return services(
            "<service uri=\"sip:\(user)-list@example.com\"><resource-list>\(target)</resource-list></service>"
        )
    }

    @Test func aliceFriends() async throws {
        let list = try await self.list("sip:team@example.com", "sip:alice@example.com", try self.documents())
        #expect(list.names == [RLSDisplayName("Friends", language: "en")])
        #expect(list.entries.map(\.uri) == ["sip:bob@example.com", "sip:carol@example.com", "pres:dave@example.org"])
        #expect(list.entries.map(\.target.text).last == "sip:dave@example.org")
        #expect(list.losses == [RLSListLoss("mailto:erin@example.com", .unsubscribableScheme)])
    }

    @Test func inlineAndEmptyLists() async throws {
        let documents = try self.documents()
        let desk = try await self.list("sip:alice-desk@example.com", "sip:alice@example.com", documents)
        #expect(desk.entries.map(\.uri) == ["sip:2001@example.com", "sip:2002@example.com", "sip:2100@example.com"])
        #expect(desk.entries.map { $0.names.map(\.text) } == [[], ["Reception"], []])
        let empty = try await self.list("sip:nobody@example.com", "sip:bob@example.com", documents)
        #expect(empty.entries == [])
    }

    /// 03-flat-result-of-02.txt.
    @Test func ginaEverybody() async throws {
        var documents = try self.documents()
        documents.texts["\(self.home)/rls-services/users/sip:gina@example.com/index"] = self.service(
            "gina",
            "list%5B@name=%22all%22%5D"
        )
        let list = try await self.list("sip:gina-list@example.com", "sip:gina@example.com", documents)
        let rows = try Catalogue.text("spec/examples/xcap/03-flat-result-of-02.txt").split(separator: "\n")
            .filter { $0.contains(" | ") || $0.hasSuffix("|") }
            .map { row in
                row.split(separator: "|", omittingEmptySubsequences: false).map { XMLText.trimmed(String($0)) }
            }
        #expect(rows.count == 5)
        #expect(list.entries.map(\.uri) == rows.map { $0[0] })
        #expect(list.entries.map { $0.names.first?.text ?? "" } == rows.map { $0[1] })
        #expect(list.losses == [])
    }

    @Test func loopOfTwoDocuments() async throws {
        var documents = try self.documents()
        documents.texts["\(self.home)/rls-services/users/sip:loopa@example.com/index"] = self.service("loopa", "list")
        let list = try await self.list("sip:loopa-list@example.com", "sip:loopa@example.com", documents)
        #expect(list.entries.map(\.uri) == ["sip:kate@example.com", "sip:liam@example.com"])
        #expect(list.losses.map(\.reason) == [.loop])
        documents.options.policy = .strict
        let failure = await #expect(throws: RLSResolverError.self) {
            try await self.list("sip:loopa-list@example.com", "sip:loopa@example.com", documents)
        }
        #expect(failure?.code == .badReference)
    }

    @Test func rcsServiceIsFoundByItsWholeURI() async throws {
        var documents = try self.documents()
        let key = "\(self.home)/rls-services/users/sip:alice@example.com/index"
        documents.texts[key] = try Catalogue.text("spec/examples/xcap/11-rcs-rls-services.xml")
        documents.options.globalIndex = .unused
        let roots = [try XCAPRoot(self.home)]
        let alice = try SIPURI("sip:alice@example.com")
        for (uri, isFound) in [("sip:alice@example.com;pres-list=rcs", true), ("sip:alice@example.com", false)] {
            let service = try await documents.lookup.findService(try SIPURI(uri), watcher: alice, roots: roots)
            #expect((service != nil) == isFound)
        }
    }

    /// hostile/ssrf.xml: nothing is asked for beyond the document itself.
    @Test func hostileReferencesAreAllRefused() async throws {
        var documents = try self.documents()
        let mallory = "\(self.home)/resource-lists/users/sip:mal@example.com/index"
        documents.texts[mallory] = try Catalogue.text("spec/examples/hostile/ssrf.xml")
        documents.texts["\(self.home)/rls-services/users/sip:mal@example.com/index"] = self.service("mal", "list")
        let list = try await self.list("sip:mal-list@example.com", "sip:mal@example.com", documents)
        #expect(list.entries == [])
        #expect(list.losses.map(\.reason) == Array(repeating: .refusedReference, count: 7))
        #expect(list.sources.count == 2)
    }

    /// hostile/crlf-uri.xml: only the last entry is usable.
    @Test func hostileURIsAreSkipped() async throws {
        var documents = try self.documents()
        let mallory = "\(self.home)/resource-lists/users/sip:mal@example.com/index"
        documents.texts[mallory] = try Catalogue.text("spec/examples/hostile/crlf-uri.xml")
        documents.texts["\(self.home)/rls-services/users/sip:mal@example.com/index"] = self.service("mal", "list")
        let list = try await self.list("sip:mal-list@example.com", "sip:mal@example.com", documents)
        #expect(list.entries.map(\.uri) == ["sip:carol@example.com"])
        #expect(list.entries.first?.names == [RLSDisplayName("</name><resource uri=\"sip:x@example.com\"/>")])
        #expect(list.losses.map(\.reason) == [.malformedURI, .malformedURI, .malformedURI])
    }
}
