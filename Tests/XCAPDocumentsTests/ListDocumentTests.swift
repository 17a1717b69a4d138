// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import Testing

@testable import XCAPDocuments

@Suite struct ListDocumentTests {
    /// The kinds and values of nodes, in order.
    private func contents(_ builder: ListDocumentBuilder) -> [XCAPListTree.Content] {
        builder.tree.nodes.map(\.content)
    }

    private func inline(_ builder: ListDocumentBuilder, _ index: Int = 0) -> XCAPListTree {
        guard case .inline(let tree) = builder.services[index].list else {
            Issue.record("no inline list")
            return XCAPListTree()
        }
        return tree
    }

    @Test func listsKeepTheirOrderAndNesting() throws {
        let document = try parse(
            lists(
                """
                <list name="a"><entry uri="sip:1@h"/><list name="b"><entry uri="sip:2@h"/></list><entry uri="sip:3@h"/></list>
                <list><entry-ref ref="r"/><external anchor="x"/></list>
                """
            )
        )
        #expect(
            self.contents(document) == [
                .list(name: "a"), .entry(uri: "sip:1@h"), .list(name: "b"), .entry(uri: "sip:2@h"),
                .entry(uri: "sip:3@h"),
                .list(name: nil), .entryRef(ref: "r"), .external(anchor: "x"),
            ]
        )
        #expect(document.tree.nodes.map(\.end) == [5, 2, 4, 4, 5, 8, 7, 8])
        #expect(Array(document.tree.children(of: nil)) == [0, 5])
        #expect(Array(document.tree.children(of: 0)) == [1, 2, 4])
    }

    /// R4826-17.
    @Test func foreignMarkupIsIgnored() throws {
        let document = try parse(
            lists(
                """
                <x:meta xmlns:x="urn:example:x"><list><entry uri="sip:no@h"/></list></x:meta>
                <list name="a" xmlns:x="urn:example:x" x:name="b"><x:entry uri="sip:no@h"/>
                <entry uri="sip:yes@h" x:uri="sip:no@h"><x:display-name>No</x:display-name><entry uri="sip:no@h"/></entry></list>
                <?target data?><!-- <entry uri="sip:no@h"/> -->
                """
            )
        )
        #expect(self.contents(document) == [.other, .list(name: "a"), .other, .entry(uri: "sip:yes@h")])
        #expect(document.tree.nodes.dropFirst(3).first?.names == [])
    }

    /// R4826-20: authors fold lines.
    @Test func whiteSpaceAroundValuesIsDropped() throws {
        let document = try parse(
            lists(
                """
                <list><entry uri="\n  sip:bob@h \t"/><entry uri="sip:a b@h"/>
                <entry-ref ref=" a/b\n"/><external anchor="\t http://a/b "/></list>
                """
            )
        )
        #expect(
            self.contents(document).dropFirst() == [
                .entry(uri: "sip:bob@h"), .entry(uri: "sip:a b@h"), .entryRef(ref: "a/b"),
                .external(anchor: "http://a/b"),
            ]
        )
    }

    @Test func referencesInValuesAreResolvedOnce() throws {
        let document = try parse(lists(#"<list name="a&amp;lt;b &#x41;"><entry uri="sip:a&amp;b@h"/></list>"#))
        #expect(self.contents(document) == [.list(name: "a&lt;b A"), .entry(uri: "sip:a&b@h")])
    }

    @Test func displayNamesHaveTextAndLanguage() throws {
        let document = try parse(
            lists(
                """
                <list><display-name xml:lang="en">My  <b>bold</b>
                 friends</display-name><display-name xml:lang="de-CH-1996"><![CDATA[<Freunde> & Co]]></display-name>
                <display-name xml:lang="english language">x</display-name><display-name> </display-name></list>
                """
            )
        )
        #expect(
            document.tree.nodes.first?.names == [
                RLSDisplayName("My friends", language: "en"), RLSDisplayName("<Freunde> & Co", language: "de-CH-1996"),
                RLSDisplayName("x"),
            ]
        )
    }

    @Test(
        arguments: [
            ("en", true), ("de-CH", true), ("x-klingon", true), ("sr-Latn-RS", true), ("", false), ("-", false),
            ("e n", false), ("en-", false), ("1n", false), ("abcdefghi", false), ("en_US", false), ("en\"", false),
        ]
    )
    func languageTagsAreChecked(_ tag: String, _ isValid: Bool) {
        #expect(XMLText.language(tag) == (isValid ? tag : nil))
    }

    /// R4826-30, R4826-31.
    @Test func servicesHaveListsAndPackages() throws {
        let document = try parse(
            services(
                """
                <service uri=" sip:a@h "><list name="x"><rl:entry uri="sip:1@h"/></list>
                <packages> <package> presence </package><package>dialog</package></packages></service>
                <service uri="sip:b@h"><resource-list>
                  http://x/root/resource-lists/users/u/index/~~/resource-lists/list
                </resource-list><packages/></service>
                <service uri="sip:c@h"><rl:list><rl:entry uri="sip:2@h"/></rl:list></service>
                """
            ),
            .rlsServices,
            lenient: false
        )
        #expect(document.services.map(\.uri) == ["sip:a@h", "sip:b@h", "sip:c@h"])
        #expect(document.services.map(\.packages) == [["presence", "dialog"], [], nil])
        #expect(self.inline(document).nodes.map(\.content) == [.list(name: "x"), .entry(uri: "sip:1@h")])
        #expect(
            document.services.dropFirst().first?.list
                == .reference("http://x/root/resource-lists/users/u/index/~~/resource-lists/list")
        )
        #expect(self.inline(document, 2).nodes.map(\.content) == [.list(name: nil), .entry(uri: "sip:2@h")])
    }

    /// The schema allows exactly one of list and resource-list.
    @Test(
        arguments: [
            "", "<packages/>", "<list/><list/>", "<list/><resource-list>http://x</resource-list>",
            "<resource-list>a</resource-list><resource-list>b</resource-list>",
        ]
    )
    func aServiceWithoutExactlyOneListIsMarked(_ content: String) throws {
        let document = try parse(services("<service uri=\"sip:a@h\">\(content)</service>"), .rlsServices)
        #expect(document.services.map(\.list) == [.invalid])
    }

    /// R4826-30: what users really write.
    @Test(
        arguments: [
            #"<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="sip:a@h"><list><entry uri="sip:1@h"/></list></service></rls-services>"#,
            #"<rls-services><service uri="sip:a@h"><list><entry uri="sip:1@h"/></list></service></rls-services>"#,
            #"<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="sip:a@h"><list><rl:entry uri="sip:1@h"/></list></service></rls-services>"#,
        ]
    )
    func entriesInTheWrongNamespaceCountWhenLenient(_ text: String) throws {
        let lenient = try parse(text, .rlsServices)
        #expect(self.inline(lenient).nodes.map(\.content) == [.list(name: nil), .entry(uri: "sip:1@h")])
        let strict = (try? parse(text, .rlsServices, lenient: false)).map(\.services) ?? []
        for case .inline(let tree) in strict.map(\.list) {
            #expect(!tree.nodes.map(\.content).contains(.entry(uri: "sip:1@h")))
        }
    }

    @Test(.enabled(if: Catalogue.isExpected))
    func catalogueSamplesAreRead() throws {
        let trap = try parse(
            try Catalogue.bytes("schemas/samples/TRAP-rls-services-entry-wrong-namespace.xml"),
            .rlsServices
        )
        #expect(self.inline(trap).nodes.map(\.content) == [.list(name: "n"), .entry(uri: "sip:b@example.org")])
        let bad = try parse(try Catalogue.bytes("schemas/samples/BAD-rls-services-empty-service.xml"), .rlsServices)
        #expect(bad.services.map(\.list) == [.invalid])
        let global = try parse(try Catalogue.bytes("spec/examples/xcap/08-rls-services-global-index.xml"), .rlsServices)
        #expect(
            global.services.map(\.uri) == [
                "sip:team@example.com", "sip:alice-desk@example.com", "sip:everything@example.com",
                "sip:nobody@example.com",
            ]
        )
        #expect(global.services.map(\.packages) == [["presence", "presence.winfo"], ["dialog"], nil, ["presence"]])
    }
}
