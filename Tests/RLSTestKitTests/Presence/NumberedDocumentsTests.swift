// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@Suite("Numbered documents")
struct NumberedDocumentsTests {
    private static func subscribe() -> SIPRequest {
        var request = SIPRequest(.subscribe, uri: "sip:bob@example.com")
        request.headers.append(.from, "<sip:alice@example.com>;tag=b1")
        request.headers.append(.to, "<sip:bob@example.com>")
        request.headers.append(.callID, "back-1")
        request.headers.append(.cSeq, "1 SUBSCRIBE")
        request.headers.append(.contact, "<sip:rls@rls.example.com>")
        request.headers.append(.event, "presence")
        request.headers.append(.expires, "600")
        return request
    }

    @Test("a full one after a SUBSCRIBE, a partial one for each change, none twice")
    func fullThenPartial() {
        var server = FakePresenceServer(contact: "sip:pa@example.com")
        server.numbersDocuments = true
        var documents: [FakeState.Document?] = []
        for case .notify(let notify) in server.subscribe(Self.subscribe(), at: .zero) {
            documents.append(FakeState(notify.body)?.document)
        }
        for sequence in 1...2 as ClosedRange<UInt64> {
            let truth = PresenceTruth.active(sequence)
            for notify in server.change(truth, of: "sip:bob@example.com", for: "sip:alice@example.com", at: .zero) {
                documents.append(FakeState(notify.body)?.document)
            }
        }
        #expect(
            documents == [
                .init(number: 1, isPartial: false), .init(number: 2, isPartial: true),
                .init(number: 3, isPartial: true),
            ]
        )
    }

    @Test(
        "what was written is read again, and nothing else",
        arguments: [nil, FakeState.Document(number: 7, isPartial: true), .init(number: 8, isPartial: false)]
    )
    func roundTrip(_ document: FakeState.Document?) {
        let state = FakeState(watcher: "sip:a@x", resource: "sip:b@x", sequence: 3, document: document)
        #expect(FakeState(state.body) == state)
        #expect(FakeState(Array("<note>sip:a@x|sip:b@x|three</note>".utf8)) == nil)
        #expect(FakeState(Array("<note>sip:a@x|sip:b@x|3".utf8)) == nil)
        #expect(FakeState(Array("<presence/>".utf8)) == nil)
    }
}
