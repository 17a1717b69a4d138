// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSTestKit

@Suite("The XML reader")
struct XMLReaderTests {
    @Test(arguments: [
        ("<a/>", "a"), ("<a></a>", "a"), ("<?xml version='1.0'?>\n<a b='c'/>\n", "a"), ("<a><!-- x --><b/></a>", "a"),
        ("<a><![CDATA[<&]]></a>", "a"), ("<p:a xmlns:p='u'/>", "a"), ("<a>&#65;&#x42;&lt;</a>", "a"),
        ("<a\n b='c'\n/>", "a"),
        ("<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>", "a"), ("<a/><?pi?><!-- end -->", "a"),
    ])
    func wellFormedIsRead(_ xml: String, _ name: String) throws {
        #expect(try XMLReader.read(Array(xml.utf8)[...]).name == name)
    }

    @Test(arguments: [
        "", " ", "<", "<a", "<a>", "<a/", "<a></b>", "</a>", "<a/><b/>", "<a/>x", "x<a/>", "<a b/>", "<a b=c/>",
        "<a b='c/>",
        "<a b='1' b='2'/>", "<a b='<'/>", "<a>&</a>", "<a>&x;</a>", "<a>&#0;</a>", "<a>&#x110000;</a>",
        "<a>&#xD800;</a>",
        "<a>&#+65;</a>", "<a>]]></a>", "<a><!-- -- --></a>", "<a><!-- </a>", "<a><![CDATA[</a>", "<!DOCTYPE a><a/>",
        "<?xml version='1.1'?><a/>", "<?xml version='1.0' encoding='UTF-16'?><a/>", "<?xml", "<1/>", "<p:a/>", "<:a/>",
        "<a xmlns:p=''/>", "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", "<a b='1'c='2'/>", "<a>\u{0}</a>",
        "<a>\u{FFFF}</a>",
        "<?pi", "<a><?pi</a>",
    ])
    func malformedIsRefused(_ xml: String) {
        #expect(throws: RLSReadingFault.self) { try XMLReader.read(Array(xml.utf8)[...]) }
    }

    @Test func referencesAndLineEndsAreReplaced() throws {
        let element = try XMLReader.read(Array("<a b='&quot;x\ty&amp;'>1\r\n2&gt;<c/>3</a>".utf8)[...])
        #expect(element.attribute("b") == "\"x y&")
        #expect(element.ownText == "1\n2>3")
    }

    @Test func bytesThatAreNoUTF8AreRefused() {
        #expect(throws: RLSReadingFault("R4662-02", "not UTF-8")) {
            try XMLReader.read([0x3C, 0x61, 0x3E, 0xC3, 0x28, 0x3C, 0x2F, 0x61, 0x3E])
        }
    }

    @Test("S-BOMB: depth, elements and attributes are limited")
    func sizesAreLimited() {
        let deep = String(repeating: "<a>", count: 65) + String(repeating: "</a>", count: 65)
        let many = "<a>" + String(repeating: "<b/>", count: 50_000) + "</a>"
        let wide = "<a " + (0..<65).map { "b\($0)=''" }.joined(separator: " ") + "/>"
        let long = "<a b='" + String(repeating: "x", count: 8193) + "'/>"
        for xml in [deep, many, wide, long] {
            #expect(throws: RLSReadingFault.self) { try XMLReader.read(Array(xml.utf8)[...]) }
        }
    }
}
