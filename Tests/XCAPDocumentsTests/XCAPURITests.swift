// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import XCAPDocuments

@Suite struct XCAPURITests {
    // MARK: Documents

    /// R4825-02, R4825-03: segments are encoded one by one.
    @Test(
        arguments: [
            ("sip:alice@example.org", "rls-services/users/sip:alice@example.org/index"),
            ("sip:a;b=c&d+e,f$g!@h", "rls-services/users/sip:a;b=c&d+e,f$g!@h/index"),
            ("sip:joe%20smith@h", "rls-services/users/sip:joe%2520smith@h/index"),
            ("sip:a b?c#d[e]\"@h", "rls-services/users/sip:a%20b%3Fc%23d%5Be%5D%22@h/index"),
            ("sip:zoë@h", "rls-services/users/sip:zo%C3%AB@h/index"),
        ]
    )
    func documentPathsAreBuiltFromSegments(_ user: String, _ path: String) throws {
        let selector = try #require(XCAPDocumentSelector(.rlsServices, user: user))
        #expect(selector.path == path)
        #expect(try XCAPDocumentSelector(path: path) == selector)
    }

    /// R4825-04.
    @Test(arguments: ["", ".", "..", "a/b", "a\\b", "a\0b", "a\nb", "/"])
    func usersThatWouldChangeThePathHaveNoDocument(_ user: String) {
        #expect(XCAPDocumentSelector(.rlsServices, user: user) == nil)
    }

    @Test(
        arguments: [
            "", "rls-services", "rls-services/index", "rls-services/users", "rls-services/users/a",
            "rls-services/global",
            "pres-rules/users/a/index", "rls-services/users//index", "rls-services/users/../index",
            "rls-services/users/%2e%2e/index", "rls-services/users/a%2Fb/index", "rls-services/users/a%5cb/index",
            "/rls-services/users/a/index", "rls-services/users/a/index/", "rls-services/users/a/%",
            "rls-services/users/a/%zz", "rls-services/users/a/%ff", "rls-services/users/a/in%00dex",
            "RLS-services/global/index",
            "../rls-services/global/index",
        ]
    )
    func pathsThatAreNoneAreRefused(_ path: String) {
        let failure = #expect(throws: XCAPReferenceError.self) { try XCAPDocumentSelector(path: path) }
        #expect(failure?.code == .refused)
    }

    // MARK: Roots

    /// R4826-19, R4826-61: one form whatever was written.
    @Test(
        arguments: [
            ("http://xcap.example.com", "http://xcap.example.com"),
            ("HTTPS://XCAP.Example.COM:443/root/", "https://xcap.example.com/root"),
            ("http://h:80//", "http://h"),
            ("https://h:8443/a/%62", "https://h:8443/a/b"),
            ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
            ("https://h./root", "https://h/root"),
            ("http://h:/x", "http://h/x"),
            ("https://h/xcap%20root", "https://h/xcap%20root"),
        ]
    )
    func rootsHaveOneForm(_ text: String, _ form: String) throws {
        let root = try XCAPRoot(text)
        #expect(root.description == form)
        #expect(try XCAPRoot(root.description) == root)
    }

    /// R4825-17, S-SSRF.
    @Test(
        arguments: [
            "", "xcap.example.com", "ftp://h", "file:///etc/passwd", "http:/h", "http://", "http:///x", "http://u@h/x",
            "http://u:p@h/x", "http://h?x", "http://h/x?y", "http://h/x#y", "http://h:0/", "http://h:65536/",
            "http://h:80a/", "http://h:-1/", "http://h/a//b", "http://h/../x", "http://h/%2e%2e/x", "http://h/a%2fb",
            "http://h x/", "http://h\\@evil/", "http://[::1", "http://[::1]x/", "http://[evil]/", "http://%68/",
            "http://h\r\n/",
            "http://exämple.org/", "http://h/\u{1F600}",
        ]
    )
    func rootsThatAreNoneAreRefused(_ text: String) {
        let failure = #expect(throws: XCAPReferenceError.self) { try XCAPRoot(text) }
        #expect(failure?.code == .refused)
    }

    // MARK: Node selectors

    static let document = lists(
        """
        <x:meta xmlns:x="urn:example:x"/>
        <list name="friends"><display-name>F</display-name><entry uri="sip:bob@h"/><entry uri="sip:joe%20smith@h"/>
        <list name="friends"><entry uri="sip:in@h"/></list><entry-ref ref="r"/><external anchor="http://a"/></list>
        <list name="a/b"/><list name="&lt;&quot;&amp;'&gt;"/><list/><list name="twice"/><list name="twice"/>
        """
    )

    /// R4825-05 to R4825-08. The numbers are nodes of `document`; nil: no match or several.
    @Test(
        arguments: [
            ("resource-lists/list%5B@name=%22friends%22%5D", 1),
            ("resource-lists/list[@name=\"friends\"]", 1),
            ("resource-lists/list%5b@name='friends'%5d", 1),
            ("resource-lists/list%5B1%5D", 1),
            ("resource-lists/list%5B1%5D%5B@name=%22friends%22%5D", 1),
            ("resource-lists/list%5B2%5D%5B@name=%22friends%22%5D", nil),
            ("resource-lists%5B1%5D/list%5B1%5D", 1),
            ("resource-lists%5B2%5D/list%5B1%5D", nil),
            ("*/*%5B1%5D", 0),
            ("*/*%5B2%5D", 1),
            ("*/*%5B@name=%22friends%22%5D", 1),
            ("*/list", nil),
            ("resource-lists/list%5B@name=%22friends%22%5D/entry%5B@uri=%22sip:bob@h%22%5D", 3),
            ("resource-lists/list%5B@name=%22friends%22%5D/entry%5B@uri=%22sip:joe%2520smith@h%22%5D", 4),
            ("resource-lists/list%5B@name=%22friends%22%5D/entry%5B@uri=%22sip:joe%20smith@h%22%5D", nil),
            ("resource-lists/list%5B@name=%22friends%22%5D/list/entry", 6),
            ("resource-lists/list%5B@name=%22friends%22%5D/list/entry/entry", nil),
            ("resource-lists/list%5B@name=%22friends%22%5D/*%5B1%5D", 2),
            ("resource-lists/list%5B@name=%22friends%22%5D/entry", nil),
            ("resource-lists/list%5B@name=%22friends%22%5D/entry%5B3%5D", nil),
            ("resource-lists/list%5B@name=%22friends%22%5D/entry-ref", 7),
            ("resource-lists/list%5B@name=%22friends%22%5D/external%5B@anchor=%22http:%2F%2Fa%22%5D", 8),
            ("resource-lists/list%5B@name=%22a%2Fb%22%5D", 9),
            ("resource-lists/list%5B@name=%22%26lt;%26quot;%26amp;'%26gt;%22%5D", 10),
            ("resource-lists/list%5B@name=%22%26%2360;%26%23x22;%26amp;'%26gt;%22%5D", 10),
            ("resource-lists/list%5B@name=%22twice%22%5D", nil),
            ("resource-lists/list%5B5%5D%5B@name=%22twice%22%5D", 12),
            ("resource-lists/list%5B@name=%22none%22%5D", nil),
            ("resource-lists/list%5B@xmlns=%22urn:ietf:params:xml:ns:resource-lists%22%5D", nil),
            ("resource-lists/list%5B0%5D", nil),
            ("resource-lists/list%5B9999999%5D", nil),
            ("rls-services/list", nil),
            ("list%5B1%5D", nil),
        ] as [(String, Int?)]
    )
    func nodeSelectorsSelectOneElementOrNone(_ selector: String, _ node: Int?) throws {
        let tree = try parse(Self.document).tree
        #expect(try XCAPNodeSelector(selector).node(in: tree) == node)
    }

    /// R4825-08: prefixes are the author's own; unprefixed names are in the default namespace.
    @Test(
        arguments: [
            ("rl:resource-lists/rl:list%5B1%5D", "xmlns(rl=urn:ietf:params:xml:ns:resource-lists)", 1),
            ("a:resource-lists/list%5B1%5D", "xmlns(b=urn:x)%20xmlns(a=urn:ietf:params:xml:ns:resource-lists)", 1),
            ("resource-lists/list%5B1%5D", "other(x(y))xmlns(%20a%20=%20urn:x%20)", 1),
            ("resource-lists/a:list%5B1%5D", "xmlns(a=urn:ietf:params:xml:ns:rls-services)", nil),
            ("resource-lists/a:list%5B1%5D", "xmlns(a=urn:x%5E)y)", nil),
        ] as [(String, String, Int?)]
    )
    func prefixesAreBoundByTheQuery(_ selector: String, _ query: String, _ node: Int?) throws {
        let tree = try parse(Self.document).tree
        #expect(try XCAPNodeSelector(selector, query: query).node(in: tree) == node)
    }

    @Test(
        arguments: [
            ("", nil), ("/", nil), ("resource-lists/", nil), ("resource-lists//list", nil),
            ("resource-lists/list[", nil),
            ("resource-lists/list[]", nil), ("resource-lists/list[x]", nil), ("resource-lists/list[1", nil),
            ("resource-lists/list[-1]", nil), ("resource-lists/list[@name=x]", nil),
            ("resource-lists/list[@name=\"x]", nil),
            ("resource-lists/list[@name=\"x\"", nil), ("resource-lists/list[@name]", nil),
            ("resource-lists/list[@name=", nil),
            ("resource-lists/list[@name=\"x\"][1]", nil), ("resource-lists/list[1][2]", nil),
            ("resource-lists/list/@name", nil),
            ("resource-lists/list/namespace::*", nil), ("resource-lists/list[@name=\"&x;\"]", nil),
            ("resource-lists/list[@name=\"&amp\"]", nil), ("a:list", nil), ("a:list", "xmlns(b=urn:x)"),
            ("list", "xmlns(a"),
            ("list", "xmlns(a)"), ("list", "x"), ("resource-lists/list[99999999]", nil),
        ] as [(String, String?)]
    )
    func selectorsThatAreNoneNameNothing(_ selector: String, _ query: String?) {
        let failure = #expect(throws: XCAPReferenceError.self) { try XCAPNodeSelector(selector, query: query) }
        #expect(failure?.code == .noElement)
    }
}
