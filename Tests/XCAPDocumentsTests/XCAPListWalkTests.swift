// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer
import SIPMessage
import Testing

@testable import XCAPDocuments

/// RFC 4826 §4.5: from a service to its flat list.
@Suite(.timeLimit(.minutes(1))) struct XCAPListWalkTests {
    /// A source with one service `sip:list@h` of alice around this inline list.
    private func documents(
        _ list: String,
        _ others: [String: String] = [:],
        _ change: (inout XCAPOptions) -> Void = { _ in }
    ) -> Documents {
        var documents = Documents()
        documents.texts = others
        documents.texts["rls-services/users/sip:alice@h/index"] = services(
            #"<service uri="sip:list@h"><list>\#(list)</list></service>"#
        )
        change(&documents.options)
        return documents
    }

    private func list(
        _ list: String,
        _ others: [String: String] = [:],
        _ change: (inout XCAPOptions) -> Void = { _ in }
    ) async throws -> RLSResolvedList {
        try await self.documents(list, others, change).list("sip:list@h", watcher: "sip:alice@h")
    }

    private func external(_ user: String, _ list: String) -> String {
        #"<rl:external anchor="http://x/resource-lists/users/sip:\#(user)@h/index/~~/resource-lists/list%5B@name=%22\#(list)%22%5D"/>"#
    }

    private func entryRef(_ user: String, _ uri: String, _ content: String = "") -> String {
        let path = "resource-lists/users/sip:\(user)@h/index/~~/resource-lists/list%5B1%5D/entry%5B@uri=%22\(uri)%22%5D"
        return #"<rl:entry-ref ref="\#(path)">\#(content)</rl:entry-ref>"#
    }

    // MARK: Entries

    /// R4826-50, R4826-51, R4826-64, R4826-65.
    @Test func nestingDisappearsAndEqualStringsAreOneEntry() async throws {
        let list = try await self.list(
            """
            <rl:display-name>All</rl:display-name><rl:entry uri="sip:1@h"><rl:display-name>One</rl:display-name></rl:entry>
            <rl:list><rl:entry uri="sip:2@h"/><rl:list><rl:entry uri="sip:1@h"><rl:display-name>No</rl:display-name></rl:entry>
            <rl:entry uri="sip:1@H"/></rl:list></rl:list><rl:entry uri="3@h"/><rl:entry uri="sip:3@h"/>
            """
        )
        #expect(list.names == [RLSDisplayName("All")])
        #expect(list.entries.map(\.uri) == ["sip:1@h", "sip:2@h", "sip:1@H", "sip:3@h"])
        #expect(list.entries.first?.names == [RLSDisplayName("One")])
        #expect(list.losses == [])
        #expect(list.sources.map(\.key) == ["rls-services/users/sip:alice@h/index"])
    }

    /// R4826-63.
    @Test func anEmptyListIsServed() async throws {
        #expect(try await self.list("").entries == [])
    }

    @Test func unusableEntriesAreLossesWhateverThePolicy() async throws {
        let content = #"<rl:entry uri="tel:+1"/><rl:entry/><rl:entry uri="a&#13;&#10;b"/><rl:entry uri="sip:1@h"/>"#
        for policy in [XCAPOptions.Policy.partial, .strict] {
            let list = try await self.list(content) { $0.policy = policy }
            #expect(list.entries.map(\.uri) == ["sip:1@h"])
            #expect(
                list.losses == [
                    RLSListLoss("tel:+1", .unsubscribableScheme), RLSListLoss("", .malformedURI),
                    RLSListLoss(#"a\r\nb"#, .malformedURI),
                ]
            )
        }
    }

    // MARK: References

    /// R4826-16, R4826-53, R4826-54, R4826-58, R4826-59.
    @Test func referencesAreReplacedByWhatTheyName() async throws {
        let list = try await self.list(
            self.entryRef("bob", "sip:1@h", "<rl:display-name>Nick</rl:display-name>") + self.external("carol", "l")
                + self.entryRef("bob", "sip:2@h"),
            [
                "resource-lists/users/sip:bob@h/index": lists(
                    """
                    <list><entry uri="sip:1@h"><display-name>One</display-name></entry>
                    <entry uri="sip:2@h"><display-name>Two</display-name></entry></list>
                    """
                ),
                "resource-lists/users/sip:carol@h/index": lists(#"<list name="l"><entry uri="sip:3@h"/></list>"#),
            ]
        )
        #expect(list.entries.map(\.uri) == ["sip:1@h", "sip:3@h", "sip:2@h"])
        #expect(list.entries.map { $0.names.map(\.text) } == [["Nick"], [], ["Two"]])
        #expect(list.losses == [])
        #expect(
            list.sources.map(\.key) == [
                "rls-services/users/sip:alice@h/index", "resource-lists/users/sip:bob@h/index",
                "resource-lists/users/sip:carol@h/index",
            ]
        )
        #expect(list.sources.allSatisfy { $0.etag != nil })
    }

    /// R4826-54, R4826-59, R4826-60: served without them, or 502.
    @Test(
        arguments: [
            (
                "<rl:entry-ref ref=\"resource-lists/users/sip:none@h/index/~~/resource-lists/list/entry\"/>",
                "danglingReference"
            ),
            (
                "<rl:entry-ref ref=\"resource-lists/users/sip:bob@h/index/~~/resource-lists/list\"/>",
                "danglingReference"
            ),
            (
                "<rl:entry-ref ref=\"resource-lists/users/sip:bob@h/index/~~/resource-lists/list/entry[2]\"/>",
                "danglingReference"
            ),
            ("<rl:entry-ref ref=\"resource-lists/users/sip:bob@h/index\"/>", "danglingReference"),
            ("<rl:entry-ref ref=\"\"/>", "danglingReference"), ("<rl:entry-ref/>", "danglingReference"),
            ("<rl:entry-ref ref=\"../../admin\"/>", "refusedReference"),
            ("<rl:external/>", "danglingReference"),
            (
                "<rl:external anchor=\"http://x/resource-lists/users/sip:bob@h/index/~~/resource-lists/list/entry\"/>",
                "danglingReference"
            ),
            (
                "<rl:external anchor=\"http://x/resource-lists/users/sip:none@h/index/~~/resource-lists/list\"/>",
                "danglingReference"
            ),
            (
                "<rl:external anchor=\"http://x/resource-lists/users/sip:bad@h/index/~~/resource-lists/list\"/>",
                "unreadableDocument"
            ),
            ("<rl:external anchor=\"file:///etc/passwd\"/>", "refusedReference"),
        ]
    )
    func referencesThatDoNotResolveAreLossesOrEndIt(_ reference: String, _ reason: String) async throws {
        let others = [
            "resource-lists/users/sip:bob@h/index": lists(#"<list><entry uri="sip:2@h"/></list>"#),
            "resource-lists/users/sip:bad@h/index": "<resource-lists>",
        ]
        let list = try await self.list(reference + #"<rl:entry uri="sip:1@h"/>"#, others)
        #expect(list.entries.map(\.uri) == ["sip:1@h"])
        #expect(list.losses.first?.reason.rawValue == reason)
        let failure = await #expect(throws: RLSResolverError.self) {
            try await self.list(reference, others) { $0.policy = .strict }
        }
        #expect(failure?.code == (reason == "unreadableDocument" ? .badDocument : .badReference))
    }

    /// A document that is missing is a source too: that it appears is a change.
    @Test func missingDocumentsAreSourcesWithoutVersion() async throws {
        let list = try await self.list(self.external("none", "l"))
        #expect(list.sources.last == RLSDocumentVersion(key: "resource-lists/users/sip:none@h/index"))
    }

    // MARK: Loops and limits

    /// R4826-57, R4826-61: a loop ends, a list named twice is expanded once.
    @Test func loopsEnd() async throws {
        let others = [
            "resource-lists/users/sip:a@h/index": lists(
                #"<list name="l"><entry uri="sip:1@h"/>\#(self.plain("b"))</list>"#
            ),
            "resource-lists/users/sip:b@h/index": lists(
                #"<list name="l"><entry uri="sip:2@h"/>\#(self.plain("a"))</list>"#
            ),
        ]
        let list = try await self.list(self.external("a", "l"), others)
        #expect(list.entries.map(\.uri) == ["sip:1@h", "sip:2@h"])
        #expect(list.losses.map(\.reason) == [.loop])
        let failure = await #expect(throws: RLSResolverError.self) {
            try await self.list(self.external("a", "l"), others) { $0.policy = .strict }
        }
        #expect(failure?.code == .badReference)
    }

    /// R4826-62: a list that the service names by its address counts as walked from the beginning.
    @Test func theListOfAResourceListIsTraversedFirst() async throws {
        let list = "http://x/resource-lists/users/sip:alice@h/index/~~/resource-lists/list%5B@name=%22l%22%5D"
        var documents = Documents()
        documents.texts["rls-services/users/sip:alice@h/index"] = services(
            "<service uri=\"sip:list@h\"><resource-list>\(list)</resource-list></service>"
        )
        documents.texts["resource-lists/users/sip:alice@h/index"] = lists(
            #"<list name="l"><entry uri="sip:1@h"/>\#(self.plain("alice"))</list>"#
        )
        // Going into it a second time would be another loss.
        documents.options.maxReferenceDepth = 0
        let resolved = try await documents.list("sip:list@h", watcher: "sip:alice@h")
        #expect(resolved.entries.map(\.uri) == ["sip:1@h"])
        #expect(resolved.losses.map(\.reason) == [.loop])
    }

    private func plain(_ user: String, _ selector: String = "list%5B@name=%22l%22%5D") -> String {
        #"<external anchor="http://x/resource-lists/users/sip:\#(user)@h/index/~~/resource-lists/\#(selector)"/>"#
    }

    /// S-LOOP, S-CANON: the same list under other names.
    @Test(arguments: [
        "list%5B1%5D", "*%5B1%5D", "list%5b@name='l'%5d", "%6cist%5B@name=%22l%22%5D", "list%5B1%5D%5B@name=%22l%22%5D",
    ])
    func otherNamesOfAListDoNotHideALoop(_ selector: String) async throws {
        let others = [
            "resource-lists/users/sip:a@h/index": lists("<list name=\"l\">\(self.plain("a", selector))</list>")
        ]
        // One level deep, so that expanding the list a second time would be another loss.
        let list = try await self.list(self.external("a", "l"), others) { $0.maxReferenceDepth = 1 }
        #expect(list.losses.map(\.reason) == [.loop])
    }

    @Test func aListNamedTwiceIsExpandedOnce() async throws {
        let others = ["resource-lists/users/sip:a@h/index": lists(#"<list name="l"><entry uri="sip:1@h"/></list>"#)]
        let twice = self.external("a", "l") + self.external("a", "l")
        let list = try await self.list(twice, others)
        #expect(list.entries.map(\.uri) == ["sip:1@h"])
        #expect(list.losses == [])
        await #expect(throws: RLSResolverError.self) { try await self.list(twice, others) { $0.policy = .strict } }
    }

    @Test func tooManyEntriesAreCutOrRefused() async throws {
        let content = (1...20).map { "<rl:entry uri=\"sip:\($0)@h\"/>" }.joined()
        let list = try await self.list(content) { $0.maxEntries = 5 }
        #expect(list.entries.map(\.uri) == (1...5).map { "sip:\($0)@h" })
        #expect(list.losses == [RLSListLoss("sip:6@h", .tooManyEntries)])
        let failure = await #expect(throws: RLSResolverError.self) {
            try await self.list(content) { options in
                options.maxEntries = 5
                options.policy = .strict
            }
        }
        #expect(failure?.code == .tooLarge)
    }

    @Test func limitsOfDocumentsReferencesBytesAndDepthHold() async throws {
        let names = (1...20).map { "u\($0)" }
        var others: [String: String] = [:]
        for (index, name) in names.enumerated() {
            let next = index + 1 < names.count ? self.plain(names[index + 1]) : ""
            others["resource-lists/users/sip:\(name)@h/index"] = lists(
                #"<list name="l"><entry uri="sip:\#(name)@h"/>\#(next)</list>"#
            )
        }
        let changes: [(Int, (inout XCAPOptions) -> Void)] = [
            (3, { $0.maxDocuments = 3 }), (4, { $0.maxReferences = 4 }), (5, { $0.maxReferenceDepth = 5 }),
            (1, { $0.maxTotalBytes = 1 }), (16, { _ in }),
        ]
        for (count, change) in changes {
            let list = try await self.list(self.external("u1", "l"), others, change)
            #expect(list.entries.count == count)
            #expect(list.losses.map(\.reason) == [.tooManyDocuments])
        }
        let list = try await self.list(String(repeating: "<rl:list/>", count: 50)) { $0.maxElements = 20 }
        #expect(list.losses.map(\.reason) == [.tooManyEntries])
    }

    /// Lists of lists of lists, each reference a new name of a large list: the work stays bounded.
    @Test func amplificationIsBounded() async throws {
        let inner =
            String(repeating: "<list>", count: 40) + String(repeating: "<entry uri=\"sip:1@h\"/>", count: 4_000)
            + String(repeating: "</list>", count: 40)
        let selectors = (1...40).map { String(repeating: "list/", count: $0).dropLast() }
        let others = ["resource-lists/users/sip:a@h/index": lists(inner)]
        let list = try await self.list(
            selectors.reversed().map {
                "<rl:external anchor=\"http://x/resource-lists/users/sip:a@h/index/~~/resource-lists/\($0)\"/>"
            }.joined(),
            others
        ) { $0.maxElements = 50_000 }
        #expect(list.entries.map(\.uri) == ["sip:1@h"])
        #expect(list.losses.last?.reason == .tooManyEntries)
    }

    // MARK: Failing sources

    /// R4826-46: an outage of an own server is no loss, and of a foreign one is.
    @Test func anOutageOfAnOwnRootEndsTheResolution() async throws {
        var documents = self.documents(self.external("a", "l") + #"<rl:entry uri="sip:1@h"/>"#)
        let failure = RLSResolverError(.unavailable, document: "d", message: "m", retryAfter: .seconds(7))
        documents.failures["resource-lists/users/sip:a@h/index"] = failure
        await #expect(throws: failure) { try await documents.list("sip:list@h", watcher: "sip:alice@h") }
    }

    @Test func anOutageOfAForeignRootIsALoss() async throws {
        let own = try XCAPRoot("https://own/root")
        var documents = Documents()
        documents.rules = .servers([(own, [])], external: [try XCAPRoot("https://foreign")])
        documents.texts["https://own/root/rls-services/users/sip:alice@h/index"] = services(
            """
            <service uri="sip:list@h"><list><rl:entry uri="sip:1@h"/>
            <rl:external anchor="https://foreign/resource-lists/users/u/index/~~/resource-lists/list"/></list></service>
            """
        )
        let key = "https://foreign/resource-lists/users/u/index"
        documents.failures[key] = RLSResolverError(.unavailable, document: key, message: "m")
        let list = try await documents.list("sip:list@h", watcher: "sip:alice@h", roots: [own])
        #expect(list.entries.map(\.uri) == ["sip:1@h"])
        #expect(
            list.losses == [
                RLSListLoss(key, .unreadableDocument), RLSListLoss(key + "/~~/resource-lists/list", .danglingReference),
            ]
        )
    }
}
