// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Cut and changed messages: any bytes give a message or an error.
struct MutationTests {
    private static let inviteLike = wire(
        [
            "SUBSCRIBE sip:alice-list@[2001:db8::1]:5060;transport=tcp SIP/2.0",
            "v: SIP / 2.0 / TCP [2001:db8::2]:5061 ;branch=z9hG4bK1;rport, SIP/2.0/UDP h;branch=x;received=192.0.2.1",
            "Route: <sip:p1.example.org;lr>,\r\n <sip:p2.example.org;lr>", "Record-Route: <sip:p3;lr>",
            "f: \"A \\\" B\" <sip:alice@example.org>;tag=\"x\"", "t: sip:alice-list@example.org;tag=9",
            "i: a@b", "CSeq: 2147483647 SUBSCRIBE", "Max-Forwards: 70", "m: <sip:alice@192.0.2.1;ob>;expires=60, *",
            "o: presence;id=7", "Expires: 99999999999999999999", "k: eventlist, \"x\"", "Require: eventlist",
            "Accept: multipart/related;q=0.5;type=\"a/b\", application/rlmi+xml, */*",
            "P-Asserted-Identity: \"A\" <sip:a@b>, <tel:+1-2>", "Subscription-State: active;expires=x;reason=a",
            "Retry-After: 120 (x);duration=1", "c: multipart/mixed;boundary=\"a b\"",
            "Content-Disposition: session;handling=optional",
            "l: 5",
        ],
        body: "12345"
    )
    private static let response = wire(["SIP/2.0 423 Interval Too Brief"] + minimalLines + ["Min-Expires: 60", "l: 0"])
    static let messages = [sampleNotify, inviteLike, response]

    @Test func theUnchangedMessagesAreRead() {
        for message in Self.messages {
            #expect(throws: Never.self) { try SIPParser.parse(datagram: message) }
        }
    }

    @Test(arguments: 0..<3)
    func everyPrefixIsHandled(_ which: Int) {
        let message = Self.messages[which]
        var parsed = 0
        for length in 0...message.count {
            parsed += self.handle(Array(message[..<length])) ? 1 : 0
        }
        // With Content-Length only the whole message parses.
        #expect(parsed == 1)
    }

    @Test(arguments: 0..<3)
    func everyByteMayChange(_ which: Int) {
        let message = Self.messages[which]
        var parsed = 0
        let bytes: [UInt8] = [0x00, 0x09, 0x0A, 0x0D, 0x20, 0x22, 0x25, 0x2C, 0x3A, 0x3B, 0x3C, 0x3E, 0x5B, 0x5C, 0x80]
        for index in message.indices {
            // Neighbours get different bytes, so that each delimiter meets each kind of place.
            for byte in [bytes[index % bytes.count], bytes[(index + 7) % bytes.count]] {
                var changed = message
                changed[index] = byte
                parsed += self.handle(changed) ? 1 : 0
            }
        }
        #expect(parsed > 0)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func randomChangesAreHandled(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var parsed = 0
        for _ in 0..<500 {
            var changed = Self.messages[Int.random(in: 0..<3, using: &generator)]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<changed.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: changed[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: changed.remove(at: index)
                case 2: changed.insert(UInt8.random(in: 0...127, using: &generator), at: index)
                default:
                    let end = min(changed.count, index + Int.random(in: 1...40, using: &generator))
                    changed.insert(
                        contentsOf: changed[index..<end],
                        at: Int.random(in: 0..<changed.count, using: &generator)
                    )
                }
            }
            parsed += self.handle(changed) ? 1 : 0
        }
        #expect(parsed > 0, "seed \(seed)")
    }

    /// Reads, recovers and frames the bytes; says whether they were a message.
    private func handle(_ bytes: [UInt8]) -> Bool {
        _ = SIPParser.recoverRequest(from: bytes).map { SIPResponse(to: $0, 400).bytes }
        var framer = SIPStreamFramer()
        framer.append(bytes)
        _ = try? framer.next()
        _ = try? framer.next()
        guard let message = try? SIPParser.parse(datagram: bytes) else { return false }
        readEverything(message)
        return true
    }
}
