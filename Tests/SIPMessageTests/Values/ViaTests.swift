// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Via (RFC 3261 §20.42, RFC 3581).
struct ViaTests {
    @Test(
        "R3261-74: blanks, transports, addresses and ports",
        arguments: [
            ("SIP/2.0/UDP h;branch=z9hG4bKa", "UDP", "h", nil as UInt16?, "z9hG4bKa"),
            ("SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;branch=z9", "UDP", "first.example.com", 4000, "z9"),
            ("SIP\t/\t2.0/tcp   h :  5 ; branch = a", "TCP", "h", 5, "a"),
            ("sip/2.0/TLS [2001:db8::1]:5061;branch=a", "TLS", "[2001:db8::1]", 5061, "a"),
            ("SIP/2.0/UDP [::1];branch=a", "UDP", "[::1]", nil, "a"),
            ("SIP/2.0/UNKNOWN 192.0.2.1;BRANCH=A", "UNKNOWN", "192.0.2.1", nil, "A"),
        ]
    )
    func valuesAreRead(_ text: String, _ transport: String, _ host: String, _ port: UInt16?, _ branch: String) throws {
        let via = try SIPVia(parsing: Sample.bytes(text))
        #expect(via.transport == transport)
        #expect(via.host == host)
        #expect(via.port == port)
        #expect(via.branch == branch)
        #expect(try SIPVia(parsing: Sample.bytes(via.text)) == via)
    }

    @Test(arguments: [
        "", ";", "SIP/2.0/UDP", "SIP/2.0/UDP ;branch=a", "SIP/2.0 h", "HTTP/2.0/UDP h", "SIP/2.0/ h",
        "SIP/2.0/U;P h", "SIP/2.0/UDP h:", "SIP/2.0/UDP h:0", "SIP/2.0/UDP h:65536", "SIP/2.0/UDP h:x",
        "SIP/2.0/UDP ::1", "SIP/2.0/UDP [::1", "SIP/2.0/UDP [::1]x:5", "SIP/2.0/UDP a b", "SIP/2.0/UDP a/b",
        "SIP/2.0/UDP h;branch=\"a", "SIP/2.0/UDP h;bra nch=a", "SIP/2.0/UDP a@h",
    ])
    func malformedValuesAreRefused(_ text: String) {
        let error = #expect(throws: SIPParseError.self) { try SIPVia(parsing: Sample.bytes(text)) }
        #expect(error?.header == .via)
    }

    @Test("R3261-61…63: received, rport, maddr")
    func parametersOfTheTransport() throws {
        let request = try SIPVia(parsing: Sample.bytes("SIP/2.0/UDP h;rport;maddr=224.2.0.1"))
        #expect(request.hasRport && request.rport == nil && request.received == nil)
        #expect(request.maddr == "224.2.0.1")
        #expect(request.branch == nil)
        let filled = try SIPVia(parsing: Sample.bytes("SIP/2.0/UDP h;received=192.0.2.1;rport=9988"))
        #expect(filled.hasRport && filled.rport == 9988 && filled.received == "192.0.2.1")
        // RFC 5118 §4.5: the address comes with and without brackets.
        for text in ["[2001:db8::9:255]", "2001:db8::9:255"] {
            let via = try SIPVia(parsing: Sample.bytes("SIP/2.0/UDP [2001:db8::9:1];received=\(text)"))
            #expect(via.received == text)
        }
        #expect(try SIPVia(parsing: Sample.bytes("SIP/2.0/UDP h;rport=")).hasRport)
        #expect(try SIPVia(parsing: Sample.bytes("SIP/2.0/UDP h;rport=70000")).rport == nil)
        #expect(try SIPVia(parsing: Sample.bytes("SIP/2.0/UDP h")).hasRport == false)
    }

    @Test("Several rows and commas make one list, the topmost value comes first")
    func lists() throws {
        let request = Sample.request(
            .via,
            "SIP/2.0/UDP a;x=\"1,2\" , SIP/2.0/TCP b;branch=2",
            "SIP/2.0/TLS c"
        )
        #expect(try request.vias.map(\.host) == ["a", "b", "c"])
        #expect(try request.topVia?.host == "a")
        #expect(try request.topVia?.parameters.value("x") == "1,2")
        #expect(try Sample.request(.to, "x").topVia == nil)
    }

    @Test("Parameters with other characters keep their quotes when written")
    func quotedParametersSurvive() throws {
        let via = try SIPVia(parsing: Sample.bytes("SIP/2.0/UDP h;x=\"a;branch=b\";branch=c"))
        #expect(via.text == "SIP/2.0/UDP h;x=\"a;branch=b\";branch=c")
    }
}
