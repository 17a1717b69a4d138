// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import XCAPDocuments

/// S-SSRF: where references may lead.
@Suite struct XCAPReferenceRulesTests {
    static let list = "/~~/resource-lists/list%5B@name=%22l%22%5D"
    static let path = "resource-lists/users/sip:alice@example.com/index"

    let root: XCAPRoot
    let second: XCAPRoot
    let foreign: XCAPRoot
    let rules: XCAPReferenceRules
    let origin: XCAPDocumentReference

    init() throws {
        self.root = try XCAPRoot("https://xcap.example.com/root")
        self.second = try XCAPRoot("http://10.0.0.1:8080")
        self.foreign = try XCAPRoot("https://xcap.example.net/x")
        self.rules = .servers(
            [(self.root, [try XCAPRoot("http://xcap.example.com/root")]), (self.second, [])],
            external: [self.foreign]
        )
        self.origin = XCAPDocumentReference(
            root: self.root,
            try #require(XCAPDocumentSelector(.rlsServices, user: "sip:alice@example.com"))
        )
    }

    /// R4826-32, R4826-33, R4826-61: every way to write one list is one reference.
    @Test(
        arguments: [
            "https://xcap.example.com/root/\(path)\(list)",
            "HTTPS://XCAP.example.COM:443/root/\(path)\(list)",
            "http://xcap.example.com/root/\(path)\(list)",
            "https://xcap.example.com/%72oot/resource-%6cists/users/sip%3Aalice%40example.com/index\(list)",
            "https://xcap.example.com/root/\(path)/%7E%7e/resource-lists/list[@name='l']",
            "https://xcap.example.com/root/\(path)/~~/a:resource-lists/a:list[@name='l']?xmlns(a=urn:ietf:params:xml:ns:resource-lists)",
        ]
    )
    func waysToWriteAListAreOne(_ text: String) throws {
        let reference = try self.rules.resourceList(text, in: self.origin)
        #expect(reference.document.key == "https://xcap.example.com/root/\(Self.path)")
        let plain = try self.rules.resourceList(
            "https://xcap.example.com/root/\(Self.path)\(Self.list)",
            in: self.origin
        )
        #expect(reference == plain)
        #expect(try self.rules.external(text) == plain)
    }

    /// R4826-33: the same user, whatever the escapes.
    @Test(
        arguments: [
            ("sip:alice@example.com", true), ("sip:%61lice@EXAMPLE.com", true), ("alice@example.com", true),
            ("sip:Alice@example.com", false), ("sip:bob@example.com", false),
        ]
    )
    func resourceListStaysInTheHomeOfItsUser(_ user: String, _ isAllowed: Bool) {
        let text =
            "https://xcap.example.com/root/resource-lists/users/\(PercentEncoding.encode(segment: user))/index\(Self.list)"
        #expect(((try? self.rules.resourceList(text, in: self.origin)) != nil) == isAllowed)
        let global = XCAPDocumentReference(root: self.root, .globalServices)
        #expect((try? self.rules.resourceList(text, in: global)) != nil)
    }

    static let refused = [
        "http://127.0.0.1/resource-lists/users/sip:a@example.com/index/~~/resource-lists/list",
        "http://169.254.169.254/latest/meta-data/", "http://[::1]/\(path)\(list)",
        "https://xcap.example.com@evil.example.net/root/\(path)\(list)", "file:///etc/passwd",
        "ftp://xcap.example.com/root/\(path)",
        "https://xcap.example.com.evil.net/root/\(path)\(list)", "https://evil.net/root/\(path)\(list)",
        "https://xcap.example.com:444/root/\(path)\(list)", "http://xcap.example.com:443/root/\(path)\(list)",
        "https://xcap.example.com/\(path)\(list)", "https://xcap.example.com/rootx/\(path)\(list)",
        "https://xcap.example.com/root/../\(path)\(list)", "https://xcap.example.com/root/%2e%2e/\(path)\(list)",
        "https://xcap.example.com/root//\(path)\(list)", "https://xcap.example.com/root/\(path)/..\(list)",
        "https://xcap.example.com/root/resource-lists/users/a%2f..%2fb/index\(list)",
        "https://xcap.example.com/root/\(path)\(list)#x", "https://xcap.example.com\\@evil.net/root/\(path)\(list)",
        "https://xcap.example.com/root/pres-rules/users/sip:alice@example.com/index\(list)",
        "https://xcap.example.com/root/rls-services/users/sip:alice@example.com/index\(list)",
        "https://xcap.example.com/root/\(path)\(list)\r\nHost: evil",
        "resource-lists/users/x/index/~~/resource-lists/list", "//evil.example.net/x", "javascript:alert(1)",
    ]

    @Test(arguments: refused)
    func addressesOutsideAreRefused(_ text: String) {
        for attempt in [{ try self.rules.external(text) }, { try self.rules.resourceList(text, in: self.origin) }] {
            let failure = #expect(throws: XCAPReferenceError.self) { try attempt() }
            #expect(failure?.code == .refused)
        }
    }

    /// An `external` may lead to every own root and to those of others that the operator allows; a `resource-list` not.
    @Test func externalMayLeadToAllowedRoots() throws {
        let other = "http://10.0.0.1:8080/\(Self.path)\(Self.list)"
        let foreign = "https://xcap.example.net/x/\(Self.path)\(Self.list)"
        #expect(try self.rules.external(other).document.root == self.second)
        #expect(try self.rules.external(foreign).document.root == self.foreign)
        #expect(self.rules.isOwn(try self.rules.external(other).document))
        #expect(!self.rules.isOwn(try self.rules.external(foreign).document))
        for text in [other, foreign] {
            #expect(throws: XCAPReferenceError.refused("another XCAP root")) {
                try self.rules.resourceList(text, in: self.origin)
            }
        }
    }

    @Test(arguments: [
        "", "https://xcap.example.com/root/\(path)", "https://xcap.example.com/root/\(path)/~~/list/@name",
        // R4825-01: a second separator belongs to the selector.
        "https://xcap.example.com/root/\(path)/~~/resource-lists/~~/list",
    ])
    func addressesThatNameNoElementAreTold(_ text: String) {
        let failure = #expect(throws: XCAPReferenceError.self) { try self.rules.external(text) }
        #expect(failure?.code == .noElement)
    }

    /// R4826-13, R4826-53, R4826-55: appended to the root, without losing its last segment.
    @Test func entryRefIsRelativeToTheRoot() throws {
        let reference = try self.rules.entryRef(
            "\(Self.path)/~~/resource-lists/list%5B1%5D/entry%5B@uri=%22sip:bob@h%22%5D",
            in: self.origin
        )
        #expect(reference.document.key == "https://xcap.example.com/root/\(Self.path)")
        let foreign = XCAPDocumentReference(root: self.foreign, .globalServices)
        #expect(
            try self.rules.entryRef("\(Self.path)/~~/*/*", in: foreign).document.key
                == "https://xcap.example.net/x/\(Self.path)"
        )
        let absolute =
            "https://xcap.example.com/root/\(Self.path)/~~/resource-lists/list%5B1%5D/entry%5B@uri=%22sip:bob@h%22%5D"
        #expect(try self.rules.entryRef(absolute, in: self.origin) == reference)
    }

    @Test(
        arguments: [
            "//evil.example.net/x", "/\(path)/~~/*/*", "../../admin", "resource-lists/users/%2e%2e/%2e%2e/admin",
            "../\(path)/~~/*/*", "./\(path)/~~/*/*", "pres-rules/users/a/index/~~/*/*", "\(path)/~~/*/*#f",
            "http://evil.net/\(path)/~~/*/*", "https://xcap.example.net/x/\(path)/~~/*/*",
            "resource-lists/users/a//index/~~/*/*", "rls-services/users/a/index/~~/*/*", "@evil.net/\(path)/~~/*/*",
        ]
    )
    func entryRefDoesNotLeaveTheRoot(_ text: String) {
        let failure = #expect(throws: XCAPReferenceError.self) { try self.rules.entryRef(text, in: self.origin) }
        #expect(failure?.code == .refused)
    }

    /// A tree without network: the host does not matter, the rest does.
    @Test func oneTreeTakesReferencesByTheirPath() throws {
        let rules = XCAPReferenceRules.oneTree()
        let origin = XCAPDocumentReference(
            try #require(XCAPDocumentSelector(.rlsServices, user: "sip:alice@example.com"))
        )
        for text in ["http://127.0.0.1/\(Self.path)\(Self.list)", "https://h:1/a/b/\(Self.path)\(Self.list)"] {
            #expect(try rules.resourceList(text, in: origin).document.key == Self.path)
        }
        for text in [
            "http://h/a/../\(Self.path)\(Self.list)", "http://u@h/\(Self.path)\(Self.list)", "http://h/x\(Self.list)",
        ] {
            #expect(throws: XCAPReferenceError.self) { try rules.resourceList(text, in: origin) }
        }
        let strict = XCAPReferenceRules.oneTree(knownAs: [self.root])
        #expect(try strict.external("https://xcap.example.com/root/\(Self.path)\(Self.list)").document.root == nil)
        #expect(throws: XCAPReferenceError.self) { try strict.external("https://h/\(Self.path)\(Self.list)") }
    }

    @Test func keysAreReadBack() throws {
        let foreign = XCAPDocumentReference(root: self.foreign, .globalServices)
        for document in [self.origin, foreign] {
            #expect(try self.rules.document(key: document.key) == document)
        }
        let local = XCAPDocumentReference(try #require(XCAPDocumentSelector(.resourceLists, user: "sip:a%20b@h")))
        #expect(try XCAPReferenceRules.oneTree().document(key: local.key) == local)
        #expect(throws: XCAPReferenceError.self) {
            try self.rules.document(key: "https://elsewhere/rls-services/global/index")
        }
    }
}
