// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import SIPMessage

/// The short way through `sip:user@host` says what the long one says.
@Suite struct SIPPlainURITests {
    private func layout(_ bytes: [UInt8]) -> SIPURILayout? {
        bytes.withUnsafeBufferPointer { SIPPlainURI.layout($0) }
    }

    private func parts(_ layout: SIPURILayout) -> [Range<Int>?] {
        [layout.user, layout.password, layout.host, layout.parameters, Int(layout.port)..<Int(layout.port)]
    }

    @Test(arguments: ["sip:bob@example.com", "sips:+1-2.3;x=y?z@10.0.0.1", "pres:a&=$,/#!~*'()_@a-b_c."])
    func plainURIsTakeIt(_ text: String) throws {
        let layout = try #require(self.layout(Array(text.utf8)))
        let expected = try SIPURIParser.parse(Array(text.utf8)[...])
        #expect(layout.scheme == expected.scheme)
        #expect(self.parts(layout) == self.parts(expected))
    }

    @Test(
        arguments: [
            "", "sip", "sip:", "sip:@", "sip:a", "sip:a@", "sip:@h", "sip:a@h@i", "SIP:a@h", "sip:a:b@h", "sip:a@h:1",
            "sip:a@h;lr", "sip:a@h?b=c", "sip:%41@h", "sip:a@[::1]", "tel:+1", "sipx:a@h", "a@h",
        ]
    )
    func othersDoNot(_ text: String) {
        #expect(self.layout(Array(text.utf8)) == nil)
    }

    /// Each byte at each place: what the short way takes, the long one takes alike (S-INJECT).
    @Test func itTakesNothingThatTheParserRefuses() throws {
        let plain = Array("sips:ab@cd".utf8)
        var count = 0
        for place in plain.indices {
            for byte in UInt8.min...UInt8.max {
                var bytes = plain
                bytes[place] = byte
                guard let layout = self.layout(bytes) else { continue }
                count += 1
                let expected = try SIPURIParser.parse(bytes[...])
                #expect(layout.scheme == expected.scheme)
                #expect(self.parts(layout) == self.parts(expected))
            }
        }
        // 80 bytes at each of two places of the user part, 65 at each of two of the host, one at each of the other six.
        #expect(count == 296)
    }

    @Test func tooLongOnesAreLeftToTheParser() {
        let text = "sip:" + String(repeating: "a", count: 65_532) + "@h"
        #expect(self.layout(Array(text.utf8)) == nil)
        #expect(throws: SIPParseError.self) { try SIPURI(text) }
    }
}
