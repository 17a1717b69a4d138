// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import XCAPDocuments

/// S-XXE, S-BOMB: what is refused, and for which reason.
@Suite struct HostileDocumentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: [UInt8]
        var code: XCAPDocumentError.Code
        var line: Int?

        init(_ name: String, _ text: String, _ code: XCAPDocumentError.Code, line: Int? = nil) {
            self.init(name, Array(text.utf8), code, line: line)
        }

        init(_ name: String, _ text: [UInt8], _ code: XCAPDocumentError.Code, line: Int? = nil) {
            self.testDescription = name
            self.text = text
            self.code = code
            self.line = line
        }
    }

    static let bomb =
        #"<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">"#
        + (1...9).map {
            "<!ENTITY a\($0) \"" + String(repeating: "&a\($0 == 1 ? "" : "\($0 - 1)");", count: 10) + "\">"
        }.joined()
        + #"]>"# + lists(#"<list><entry uri="sip:bob@example.com"><display-name>&a9;</display-name></entry></list>"#)

    static let cases: [Case] = [
        Case("nothing", "", .empty),
        Case("blanks", " \r\n\t", .empty),
        Case("only a byte order mark", [0xEF, 0xBB, 0xBF], .empty),
        Case("text", "sip:bob@example.com", .notWellFormed),
        Case("HTML error page", "<html><body><p>Not found<br></body></html>", .wrongRoot),
        Case("JSON", "{\"entries\": []}", .notWellFormed),
        Case(
            "cut off",
            #"<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><entry uri="sip:b"#,
            .notWellFormed
        ),
        Case("not closed", #"<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>"#, .notWellFormed),
        Case("wrong end tag", lists("\n<list>\n</entry>"), .notWellFormed, line: 3),
        Case("two roots", lists("") + lists(""), .notWellFormed),
        Case("unknown entity", lists("<list><display-name>&unknown;</display-name></list>"), .notWellFormed),
        Case("NUL by reference", lists("<list name=\"&#0;\"/>"), .notWellFormed),
        Case("duplicate attribute", lists("<list name=\"a\" name=\"b\"/>"), .notWellFormed),
        Case("NUL", Array(lists("\0").utf8), .notUTF8),
        Case("bad UTF-8", Array("<a>".utf8) + [0xC3, 0x28] + Array("</a>".utf8), .notUTF8),
        Case("overlong UTF-8", Array("<a>".utf8) + [0xC0, 0xBC] + Array("</a>".utf8), .notUTF8),
        Case(
            "UTF-16 with mark",
            [0xFF, 0xFE] + lists("").utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
            .notUTF8
        ),
        Case("UTF-16 without mark", lists("").utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, .notUTF8),
        Case("EBCDIC", [0x4C, 0x6F, 0xA7, 0x94, 0x93, 0x40], .notWellFormed),
        Case("DOCTYPE", "<!DOCTYPE resource-lists>" + lists(""), .doctype, line: 1),
        Case("DOCTYPE of another server", "<!DOCTYPE a SYSTEM \"http://127.0.0.1/a.dtd\">" + lists(""), .doctype),
        Case("billion laughs", bomb, .doctype),
        Case(
            "DOCTYPE after a comment",
            "<?xml version=\"1.0\"?>\n<!-- > -->\n<!DOCTYPE a []>" + lists(""),
            .doctype,
            line: 3
        ),
        Case("markup declaration inside", lists("<!ELEMENT a ANY>"), .notWellFormed),
        Case("other document", services(""), .wrongRoot),
        Case("foreign root", "<resource-lists xmlns=\"urn:example:other\"/>", .wrongRoot),
        Case("too large", lists(String(repeating: " ", count: 262_144)), .tooLarge),
        Case("20,000 nested lists", lists(nested(20_000)), .tooDeep),
        Case("30,000 nested lists", lists(nested(30_000)), .tooLarge),
        Case("65 levels", lists(nested(64)), .tooDeep),
        Case("foreign elements nested", lists(String(repeating: "<x>", count: 1_000)), .tooDeep),
        Case(
            "50,001 elements",
            lists("<list>" + String(repeating: "<a/>", count: 50_000) + "</list>"),
            .tooManyElements
        ),
        Case(
            "65 attributes",
            lists("<list \((0..<65).map { "a\($0)=''" }.joined(separator: " "))/>"),
            .tooManyAttributes
        ),
        Case(
            "65 namespaces",
            lists("<list \((0..<65).map { "xmlns:a\($0)='u'" }.joined(separator: " "))/>"),
            .tooManyAttributes
        ),
        Case("namespaces in scope", lists(namespaces(60)), .tooManyNamespaces),
        Case(
            "attribute flood",
            lists("<list \((0..<9_000).map { "a\($0)=''" }.joined(separator: " "))/>"),
            .valueTooLong
        ),
        Case(
            "attribute flood with >",
            lists("<list \((0..<9_000).map { "a\($0)='>'" }.joined(separator: " "))/>"),
            .valueTooLong
        ),
        Case("long attribute", lists("<list name=\"\(String(repeating: "a", count: 8_193))\"/>"), .valueTooLong),
        Case(
            "long name",
            lists("<list><display-name>\(String(repeating: "a", count: 8_193))</display-name></list>"),
            .valueTooLong
        ),
    ]

    static func nested(_ depth: Int) -> String {
        String(repeating: "<list>", count: depth) + String(repeating: "</list>", count: depth)
    }

    static func namespaces(_ count: Int) -> String {
        let declarations = (0..<count).map { "xmlns:a\($0)='u'" }.joined(separator: " ")
        return "<list \(declarations)><list \(declarations)><list \(declarations)/></list></list>"
    }

    @Test(arguments: cases)
    func isRefusedForTheRightReason(_ test: Case) throws {
        let clock = ContinuousClock()
        var failure: XCAPDocumentError?
        let time = clock.measure {
            failure = #expect(throws: XCAPDocumentError.self) { try parse(test.text) }
        }
        #expect(failure?.code == test.code)
        if let line = test.line {
            #expect(failure?.line == line)
        }
        #expect(time < .seconds(1))
    }

    @Test(.enabled(if: Catalogue.isExpected), arguments: ["xxe.xml", "entity-bomb.xml"])
    func catalogueEntitiesAreRefused(_ name: String) throws {
        let bytes = try Catalogue.bytes("spec/examples/hostile/\(name)")
        let failure = #expect(throws: XCAPDocumentError.self) { try parse(bytes) }
        #expect(failure?.code == .doctype)
    }

    /// S-BOMB: the limits of the global index let a large one through, and a deep one not.
    @Test func limitsOfTheGlobalIndexAreLargerButKeepTheDepth() throws {
        let service = #"<service uri="sip:s@example.com"><list><rl:entry uri="sip:bob@example.com"/></list></service>"#
        let large = services(String(repeating: service, count: 20_000))
        #expect(throws: XCAPDocumentError(.tooLarge)) { try parse(large, .rlsServices) }
        #expect(try parse(large, .rlsServices, limits: .globalIndex).services.count == 20_000)
        let deep = services("<service><list>" + String(repeating: "<rl:list>", count: 1_000_000))
        let failure = #expect(throws: XCAPDocumentError.self) { try parse(deep, .rlsServices, limits: .globalIndex) }
        #expect(failure?.code == .tooDeep)
    }

    /// 20,000 nested lists fit under a raised size cap and are an error all the same.
    @Test func deepNestingIsAnErrorWhateverTheSizeCap() throws {
        var limits = XCAPDocumentLimits.standard
        limits.maxBytes = 1_048_576
        let failure = #expect(throws: XCAPDocumentError.self) {
            try parse(lists(Self.nested(20_000)), limits: limits)
        }
        #expect(failure?.code == .tooDeep)
    }

    /// With the depth cap raised, neither building, walking nor freeing a deep tree uses the stack.
    @Test func nothingRecursesOverADeepTree() throws {
        var limits = XCAPDocumentLimits.standard
        limits.maxBytes = 4_194_304
        limits.maxDepth = 100_000
        limits.maxElements = 100_000
        var tree = try parse(lists(Self.nested(50_000)), limits: limits).tree
        #expect(tree.nodes.count == 50_000)
        #expect(tree.nodes.first?.end == 50_000)
        tree = try parse(lists("<list/>")).tree
        #expect(tree.nodes.count == 1)
    }
}
