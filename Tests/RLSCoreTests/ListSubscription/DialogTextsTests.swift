// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct DialogTextsTests {
    private static func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    @Test func eachTextIsReadBackWhateverOthersContain() {
        var texts = DialogTexts()
        #expect(DialogTexts.Field.allCases.allSatisfy { texts[$0].isEmpty })
        texts.update([
            (.remoteHeader, Self.bytes("<sip:alice@example.org>;tag=phone")),
            (.watcher, Self.bytes("sip:alice@example.org")),
            (.watcherTag, Self.bytes("phone")),
            (.callID, Self.bytes("call-1")),
        ])
        #expect(texts.string(.remoteHeader) == "<sip:alice@example.org>;tag=phone")
        #expect(texts.string(.watcher) == "sip:alice@example.org")
        #expect(texts.string(.watcherTag) == "phone")
        #expect(texts.string(.callID) == "call-1")
        #expect(texts.string(.eventID) == "")
    }

    @Test func aReplacedTextLeavesTheOthersAsTheyWere() {
        var texts = DialogTexts()
        texts[.accept] = Self.bytes("application/pidf+xml, multipart/related")
        texts[.backendAccept] = Self.bytes("application/pidf+xml")
        texts[.accept] = Self.bytes("text/plain")
        #expect(texts.string(.accept) == "text/plain")
        #expect(texts.string(.backendAccept) == "application/pidf+xml")
        texts[.backendAccept] = []
        #expect(texts.string(.backendAccept) == "")
        #expect(texts.string(.accept) == "text/plain")
    }
}
