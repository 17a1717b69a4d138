// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer
import SIPMessage
import Testing

@testable import XCAPDocuments

@Suite(.timeLimit(.minutes(1))) struct XCAPListLookupTests {
    private let own = "rls-services/users/sip:alice@example.org/index"
    private let global = "rls-services/global/index"

    private func find(_ uri: String, in documents: Documents) async throws -> RLSListService? {
        try await documents.lookup.findService(try SIPURI(uri), watcher: try SIPURI("sip:alice@example.org"))
    }

    private func service(_ uri: String, _ content: String = "<list/>") -> String {
        "<service uri=\"\(uri)\">\(content)</service>"
    }

    // MARK: Finding

    /// R4826-40, R4826-42, R4826-70 to R4826-75, S-CANON, and `pres-list` as OMA has it.
    @Test(
        arguments: [
            ("sip:list@example.org", "sip:list@example.org"),
            ("sip:list@EXAMPLE.org", "sip:list@example.org"),
            ("sip:%6cist@example.org", "sip:list@example.org"),
            ("sip:list@example.org;transport=tcp", nil),
            ("sip:List@example.org", nil),
            ("sips:list@example.org", nil),
            ("sip:list@example.org:5060", nil),
            ("sip:list@example.org;unknown=x", "sip:list@example.org"),
            ("sip:Escaped@example.org", " sip:%45scaped@EXAMPLE.ORG "),
            ("sip:plain@example.org", "plain@example.org"),
            ("sip:alice+presence@example.org", "sip:alice+presence@example.org"),
            ("sip:alice@example.org;pres-list=rcs", "sip:alice@example.org;pres-list=rcs"),
            ("sip:alice@example.org;PRES-LIST=rcs", "sip:alice@example.org;pres-list=rcs"),
            ("sip:alice@example.org;pres-list=rcs;x=y", "sip:alice@example.org;pres-list=rcs"),
            ("sip:alice@example.org;pres-list=oma", "sip:alice@example.org;pres-list=oma"),
            ("sip:alice@example.org;pres-list=other", nil),
            ("sip:alice@example.org;pres-list", nil),
            ("sip:alice@example.org", nil),
            ("sip:list@example.org;pres-list=rcs", nil),
            ("sip:none@example.org", nil),
        ] as [(String, String?)]
    )
    func servicesAreFoundByURIEquality(_ uri: String, _ found: String?) async throws {
        var documents = Documents()
        documents.texts[self.own] = services(
            [
                "sip:list@example.org", " sip:%45scaped@EXAMPLE.ORG ", "plain@example.org",
                "sip:alice+presence@example.org",
                "sip:alice@example.org;pres-list=rcs", "sip:alice@example.org;pres-list=oma", "no uri", "",
            ].map { self.service($0) }.joined()
        )
        let service = try await self.find(uri, in: documents)
        #expect(service?.uri == found.map { XMLText.trimmed($0) })
    }

    @Test func theWatchersOwnDocumentComesFirst() async throws {
        var documents = Documents()
        documents.texts[self.own] = services(
            self.service("sip:both@h", "<list/><packages><package>presence</package></packages>")
        )
        documents.texts[self.global] = services(
            self.service("sip:both@h") + self.service("sip:shared@h", "<list/><packages/>")
        )
        #expect(
            try await self.find("sip:both@h", in: documents)
                == RLSListService(
                    uri: "sip:both@h",
                    packages: ["presence"],
                    owner: .user(try SIPURI("sip:alice@example.org")),
                    location: self.own
                )
        )
        #expect(
            try await self.find("sip:shared@h", in: documents)
                == RLSListService(uri: "sip:shared@h", packages: [], owner: .shared, location: self.global)
        )
        documents.options.globalIndex = .unused
        #expect(try await self.find("sip:shared@h", in: documents) == nil)
    }

    /// R4826-35: in the union of all users' services a list is its user's and not everybody's.
    @Test func theUnionOfUsersKeepsTheirOwners() async throws {
        var documents = Documents()
        documents.options.globalIndex = .unionOfUsers
        let reference = "http://x/resource-lists/users/sip:bob@h/index/~~/resource-lists/list"
        documents.texts[self.global] = services(
            self.service("sip:a@h", "<resource-list>\(reference)</resource-list>") + self.service("sip:b@h")
        )
        #expect(try await self.find("sip:a@h", in: documents)?.owner == .user(try SIPURI("sip:bob@h")))
        #expect(try await self.find("sip:b@h", in: documents)?.owner == .unknown)
    }

    /// R4826-46: what cannot be read is never "not a list".
    @Test func failuresAreNotAbsence() async throws {
        var documents = Documents()
        documents.texts[self.own] = "<rls-services"
        let bad = await #expect(throws: RLSResolverError.self) { try await self.find("sip:a@h", in: documents) }
        #expect(bad?.code == .badDocument)
        #expect(bad?.document == self.own)
        documents.texts[self.own] = nil
        documents.failures[self.global] = RLSResolverError(.unavailable, document: self.global, message: "down")
        let down = await #expect(throws: RLSResolverError.self) { try await self.find("sip:a@h", in: documents) }
        #expect(down?.code == .unavailable)
        documents.texts[self.own] = services(self.service("sip:a@h"))
        #expect(try await self.find("sip:a@h", in: documents) != nil)
    }

    @Test func rootsAreTriedInOrder() async throws {
        let one = try XCAPRoot("https://one/r")
        let two = try XCAPRoot("https://two/r")
        var documents = Documents()
        documents.rules = .servers([(one, []), (two, [])])
        documents.texts["https://two/r/\(self.own)"] = services(self.service("sip:a@h") + self.service("sip:b@h"))
        documents.texts["https://one/r/\(self.global)"] = services(self.service("sip:a@h") + self.service("sip:c@h"))
        for (uri, location) in [("a", "https://two/r/\(self.own)"), ("c", "https://one/r/\(self.global)")] {
            let service = try await documents.lookup.findService(
                try SIPURI("sip:\(uri)@h"),
                watcher: try SIPURI("sip:alice@example.org"),
                roots: [one, two]
            )
            #expect(service?.location == location)
        }
    }

    // MARK: Resolving

    @Test func versionsTellWhetherAnythingChanged() async throws {
        var documents = Documents()
        let reference = "http://x/resource-lists/users/sip:alice@example.org/index/~~/resource-lists/list"
        documents.texts[self.own] = services(self.service("sip:a@h", "<resource-list>\(reference)</resource-list>"))
        let key = "resource-lists/users/sip:alice@example.org/index"
        documents.texts[key] = lists(#"<list><entry uri="sip:1@h"/></list>"#)
        let service = try #require(try await self.find("sip:a@h", in: documents))
        guard case .list(let list) = try await documents.lookup.resolve(service) else {
            Issue.record("no list")
            return
        }
        #expect(list.sources.map(\.key) == [self.own, key])
        #expect(try await documents.lookup.resolve(service, known: list.version) == .unchanged)
        documents.texts[key] = lists(#"<list><entry uri="sip:2@h"/></list>"#)
        guard case .list(let changed) = try await documents.lookup.resolve(service, known: list.version) else {
            Issue.record("no list")
            return
        }
        #expect(changed.entries.map(\.uri) == ["sip:2@h"])
        // R4826-45: the service is there and its list is not.
        documents.texts[key] = nil
        let dangling = await #expect(throws: RLSResolverError.self) { try await documents.lookup.resolve(service) }
        #expect(dangling?.code == .badReference)
        documents.texts[key] = "<html>"
        let bad = await #expect(throws: RLSResolverError.self) { try await documents.lookup.resolve(service) }
        #expect(bad?.code == .badDocument)
        #expect(bad?.document == key)
        documents.texts[self.own] = services("")
        #expect(try await documents.lookup.resolve(service) == .gone)
        documents.texts[self.own] = nil
        #expect(try await documents.lookup.resolve(service) == .gone)
        #expect(
            try await documents.lookup.resolve(RLSListService(uri: "sip:a@h", owner: .unknown, location: "?")) == .gone
        )
    }

    /// R4826-33, R4826-45.
    @Test(
        arguments: [
            "", "http://x/resource-lists/users/sip:bob@example.org/index/~~/resource-lists/list", "file:///etc/passwd",
            "http://x/resource-lists/users/sip:alice@example.org/index",
        ]
    )
    func aResourceListThatLeadsElsewhereIsABadReference(_ reference: String) async throws {
        var documents = Documents()
        documents.texts[self.own] = services(self.service("sip:a@h", "<resource-list>\(reference)</resource-list>"))
        let failure = await #expect(throws: RLSResolverError.self) {
            try await documents.list("sip:a@h", watcher: "sip:alice@example.org")
        }
        #expect(failure?.code == .badReference)
    }

    @Test func aServiceWithoutListIsABadDocument() async throws {
        var documents = Documents()
        documents.texts[self.own] = services(self.service("sip:a@h", ""))
        let failure = await #expect(throws: RLSResolverError.self) {
            try await documents.list("sip:a@h", watcher: "sip:alice@example.org")
        }
        #expect(failure?.code == .badDocument)
        #expect(failure?.document == self.own)
    }
}
