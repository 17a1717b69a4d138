// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Content-Type, Content-Disposition and Accept.
struct ContentValueTests {
    @Test("Content-Type: blanks, case, quoted parameters")
    func contentType() throws {
        let value = "Multipart / Related ; Type=\"application/rlmi+xml\";start=\"<x@h>\"; BOUNDARY = \"a;b\""
        let type = try #require(try Sample.request(.contentType, value).contentType)
        #expect(type.type == "multipart" && type.subtype == "related")
        #expect(type.parameters.value("boundary") == "a;b")
        #expect(type.parameters.value("type") == "application/rlmi+xml")
        #expect(type.parameters.value("start") == "<x@h>")
        #expect(try Sample.request(.to, "x").contentType == nil)
        // Without quotes, as some peers write it.
        let bare = try #require(try Sample.request("c", "multipart/related;type=application/rlmi+xml").contentType)
        #expect(bare.parameters.value("type") == "application/rlmi+xml")
    }

    @Test(arguments: ["", "text", "/", "text/", "/plain", "te xt/plain", "text/plain x", "text/plain;=", "a/b/c"])
    func malformedContentTypeIsRefused(_ text: String) {
        let error = #expect(throws: SIPParseError.self) { try Sample.request(.contentType, text).contentType }
        #expect(error?.header == .contentType)
        #expect(throws: SIPParseError.self) { try SIPAcceptRange(parsing: Sample.bytes(text)) }
    }

    @Test("Accept: absent, empty, several rows, wildcards")
    func accept() throws {
        #expect(try Sample.request(.to, "x").accept == nil)
        #expect(try Sample.request(.accept, "").accept == [])
        let ranges = try #require(
            try Sample.request(.accept, "Application/PIDF+xml;q=0.5, */*;q=0", "application/*;x=\"a,b\"").accept
        )
        #expect(ranges.map(\.type) == ["application", "*", "application"])
        #expect(ranges.map(\.subtype) == ["pidf+xml", "*", "*"])
        #expect(ranges.map(\.q) == [500, 0, 1000])
        #expect(throws: SIPParseError.self) { try Sample.request(.accept, "text/plain, nothing").accept }
    }

    @Test(
        "The weight of a range is 0…1000 thousandths",
        arguments: [
            ("1", 1000), ("1.0", 1000), ("1.000", 1000), ("0", 0), ("0.", 0), ("0.0", 0), ("0.5", 500), ("0.05", 50),
            ("0.123", 123), ("0.1239", 123), ("0.001", 1), ("0.0009", 0), ("\"0.5\"", 500),
            // Malformed: no weight at all.
            ("", 1000), ("x", 1000), (".5", 1000), ("0.-5", 1000), ("0.+5", 1000), ("0.5x", 1000), ("-1", 1000),
            ("2", 1000), ("00", 1000), ("0,5", 1000),
        ]
    )
    func weight(_ text: String, _ expected: Int) throws {
        #expect(try SIPAcceptRange(parsing: Sample.bytes("a/b;q=\(text)")).q == expected)
    }

    @Test("Content-Disposition: type and handling in lower case; unreadable is none")
    func contentDisposition() {
        let list = Sample.request(.contentDisposition, "Recipient-List").contentDisposition
        #expect(list?.type == "recipient-list")
        #expect(list?.handling == nil)
        #expect(
            Sample.request(.contentDisposition, "render ; Handling=OPTIONAL").contentDisposition?.handling == "optional"
        )
        #expect(Sample.request(.contentDisposition, "").contentDisposition == nil)
        #expect(Sample.request(.contentDisposition, "a b").contentDisposition == nil)
        #expect(Sample.request(.to, "x").contentDisposition == nil)
    }
}
