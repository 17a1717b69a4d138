// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// RFC 3261 §19.1.4 with RFC 5954, and RFC 3966 §4 for `tel:` (R3261-30…35).
struct URIEquivalenceTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var id: String
        var left: String
        var right: String
        var isEqual: Bool

        init(_ id: String, _ left: String, _ right: String, _ isEqual: Bool) {
            self.id = id
            self.left = left
            self.right = right
            self.isEqual = isEqual
        }

        var testDescription: String { "\(self.id): \(self.left) and \(self.right)" }
    }

    @Test(arguments: vectors)
    func vectorsHoldInBothDirections(_ vector: Vector) {
        // A URI that cannot be read equals none.
        let left = try? SIPURI(vector.left)
        let right = try? SIPURI(vector.right)
        let forward = left.flatMap { one in right.map { one.isEquivalent(to: $0) } }
        let backward = right.flatMap { one in left.map { one.isEquivalent(to: $0) } }
        #expect((forward ?? false) == vector.isEqual)
        #expect((backward ?? false) == vector.isEqual)
    }

    @Test(arguments: vectors)
    func everyReadableVectorEqualsItself(_ vector: Vector) {
        for text in [vector.left, vector.right] {
            // V59 is the one that cannot be read: an escape in the host (R3261-33).
            guard let uri = try? SIPURI(text) else {
                #expect(text == "sip:alice@ex%61mple.com")
                continue
            }
            #expect(uri.isEquivalent(to: uri))
        }
    }

    @Test("R3261-30: equality is not transitive, == compares the text")
    func equalityIsNotTransitive() throws {
        let on = try SIPURI("sip:carol@chicago.com;security=on")
        let plain = try SIPURI("sip:carol@chicago.com")
        let off = try SIPURI("sip:carol@chicago.com;security=off")
        #expect(on.isEquivalent(to: plain) && plain.isEquivalent(to: off) && !on.isEquivalent(to: off))
        #expect(on != plain)
        #expect(try SIPURI("sip:carol@CHICAGO.com") != plain)
    }

    static let vectors: [Vector] = [
        Vector("V01", "sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true),
        Vector("V02", "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true),
        Vector("V03", "sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true),
        Vector(
            "V04",
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
            true
        ),
        Vector(
            "V05",
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
            true
        ),
        Vector("V06", "SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false),
        Vector("V07", "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false),
        Vector("V08", "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false),
        Vector("V09", "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false),
        Vector("V10", "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false),
        Vector("V11", "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false),
        Vector("V12", "sip:carol@chicago.com", "sip:carol@chicago.com;security=off", true),
        Vector("V13", "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false),
        Vector("V14", "sip:bob@[::ffff:192.0.2.128]", "sip:bob@[::ffff:c000:280]", true),
        Vector("V15", "sip:bob@[2001:db8::9:1]", "sip:bob@[2001:db8::9:01]", true),
        Vector("V16", "sip:bob@[0:0:0:0:0:FFFF:129.144.52.38]", "sip:bob@[::FFFF:129.144.52.38]", true),
        Vector(
            "V17",
            "sip:+358-555-1234567;postd=pp22@foo.com;user=phone",
            "sip:+358-555-1234567;POSTD=PP22@foo.com;user=phone",
            false
        ),
        Vector(
            "V18",
            "sip:+358-555-1234567;postd=pp22;isub=1411@foo.com;user=phone",
            "sip:+358-555-1234567;isub=1411;postd=pp22@foo.com;user=phone",
            false
        ),
        Vector("V19", "tel:+358-555-1234567;postd=pp22", "tel:+358-555-1234567;POSTD=PP22", true),
        Vector("V20", "tel:+358-555-1234567;postd=pp22;isub=1411", "tel:+358-555-1234567;isub=1411;postd=pp22", true),
        Vector("V21", "sip:alice@example.com", "sips:alice@example.com", false),
        Vector("V22", "SIP:alice@EXAMPLE.com", "sip:alice@example.COM", true),
        Vector("V23", "sip:Alice@example.com", "sip:alice@example.com", false),
        Vector("V24", "sip:%41lice@example.com", "sip:Alice@example.com", true),
        Vector("V25", "sip:%41lice@example.com", "sip:alice@example.com", false),
        Vector("V26", "sip:alice:secret@example.com", "sip:alice@example.com", false),
        Vector("V27", "sip:alice:Secret@example.com", "sip:alice:secret@example.com", false),
        Vector("V28", "sip:example.com", "sip:alice@example.com", false),
        Vector("V29", "sips:alice@example.com", "sips:alice@example.com:5061", false),
        Vector("V30", "sips:alice@example.com", "sips:alice@example.com;transport=tcp", false),
        Vector("V31", "sip:alice@example.com;user=ip", "sip:alice@example.com", false),
        Vector("V32", "sip:+12125551212@example.com;user=phone", "sip:+12125551212@example.com", false),
        Vector("V33", "sip:alice@example.com;maddr=239.255.255.1", "sip:alice@example.com", false),
        Vector(
            "V34",
            "sip:alice@example.com;maddr=239.255.255.1;ttl=1",
            "sip:alice@example.com;maddr=239.255.255.1",
            false
        ),
        Vector("V35", "sip:alice@example.com;method=INVITE", "sip:alice@example.com", false),
        Vector("V36", "sip:p1.example.com;lr", "sip:p1.example.com", true),
        Vector("V37", "sip:alice@example.com;gr=urn:uuid:f81d", "sip:alice@example.com", true),
        Vector("V38", "sip:alice@example.com;a=1;b=2", "sip:alice@example.com;B=2;A=1", true),
        Vector("V39", "sip:alice@example.com;a=XyZ", "sip:alice@example.com;a=xyz", true),
        Vector("V40", "sip:alice@example.com;a=%58", "sip:alice@example.com;a=x", true),
        Vector("V41", "sip:alice@example.com;a=x%2Fy", "sip:alice@example.com;a=x/y", false),
        Vector("V42", "sip:a%2Bb@example.com", "sip:a+b@example.com", false),
        Vector("V43", "sip:%2B12125551212@example.com", "sip:+12125551212@example.com", false),
        Vector("V44", "sip:alice%3Bday=tuesday@example.com", "sip:alice;day=tuesday@example.com", false),
        Vector("V45", "sip:alice;day=tuesday@example.com", "sip:alice@example.com;day=tuesday", false),
        Vector("V46", "sip:a%2Db%7E%21@example.com", "sip:a-b~!@example.com", true),
        Vector("V47", "sip:al%2Eice@example.com", "sip:al.ice@example.com", true),
        Vector("V48", "sip:%2561lice@example.com", "sip:%61lice@example.com", false),
        Vector("V49", "sip:a%c3%a9@example.com", "sip:a%C3%A9@example.com", true),
        Vector("V50", "sip:j%40s0n@example.com", "sip:j%40S0n@example.com", false),
        Vector("V51", "sip:a%3ab@example.com", "sip:a%3Ab@example.com", true),
        Vector("V52", "sip:alice@example.com;transport=tcp", "sip:alice@example.com", false),
        Vector("V53", "sip:alice@example.com;transport=tcp", "sip:alice@example.com;transport=udp", false),
        Vector("V54", "sip:alice@example.com;transport=tls", "sips:alice@example.com", false),
        Vector("V55", "sip:alice@example.com:5070", "sip:alice@example.com:5071", false),
        Vector("V56", "sip:alice@example.com?Priority=urgent", "sip:alice@example.com?priority=URGENT", true),
        Vector(
            "V57",
            "sip:alice@example.com?to=sip:bob%40example.com",
            "sip:alice@example.com?to=sip:BOB%40example.com",
            false
        ),
        Vector(
            "V58",
            "sip:alice@example.com?priority=urgent",
            "sip:alice@example.com?priority=urgent&subject=x",
            false
        ),
        Vector("V59", "sip:alice@ex%61mple.com", "sip:alice@example.com", false),
        Vector("V60", "sip:bob@192.0.2.128", "sip:bob@[::ffff:192.0.2.128]", false),
        Vector("V61", "sip:bob@[2001:DB8::1]", "sip:bob@[2001:db8:0:0:0:0:0:1]", true),
        Vector("V62", "sip:alice@example.com.", "sip:alice@example.com", false),
        Vector("V63", "sip:alice:@example.com", "sip:alice@example.com", false),
        Vector("V64", "sip:+358-555-1234567@foo.com;user=phone", "sip:+3585551234567@foo.com;user=phone", false),
        Vector("V65", "tel:+358-555-1234567", "tel:+358(555)1234567", true),
        Vector("V66", "tel:+3585551234567;ext=7", "tel:+3585551234567", false),
        Vector("V67", "tel:7042;phone-context=example.com", "tel:7042;phone-context=EXAMPLE.com", true),
        Vector("V68", "tel:863-1234;phone-context=+1-914-555", "tel:8631234;phone-context=+1914555", true),
        Vector("V69", "tel:+12125551212", "sip:+12125551212@example.com;user=phone", false),
    ]
}
