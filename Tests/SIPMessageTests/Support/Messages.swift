// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Bytes of a text, as a message slice.
func slice(_ text: String) -> SIPBytes { Array(text.utf8)[...] }

/// The text of bytes.
func text(_ bytes: SIPBytes?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

/// A message with CRLF line ends.
func wire(_ lines: [String], body: String = "") -> [UInt8] {
    Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
}

/// What every request needs.
let minimalLines = [
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa", "From: <sip:alice@example.org>;tag=1", "To: <sip:bob@example.org>",
    "Call-ID: a@b", "CSeq: 1 OPTIONS",
]

/// An OPTIONS request with more header lines.
func options(_ more: [String] = [], body: String = "") -> [UInt8] {
    wire(["OPTIONS sip:bob@example.org SIP/2.0"] + minimalLines + more, body: body)
}

func parseRequest(_ bytes: [UInt8]) throws -> SIPRequest {
    switch try SIPParser.parse(datagram: bytes) {
    case .request(let request): return request
    case .response: throw WrongKind()
    }
}

func parseResponse(_ bytes: [UInt8]) throws -> SIPResponse {
    switch try SIPParser.parse(datagram: bytes) {
    case .response(let response): return response
    case .request: throw WrongKind()
    }
}

struct WrongKind: Error {}

/// The list server's typical in-coming NOTIFY: 785 bytes and 13 header lines.
let sampleNotify: [UInt8] = wire(
    [
        "NOTIFY sip:rls@192.0.2.10:5060;transport=udp SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.20:5070;branch=z9hG4bK7c1a.6f0e3b52000000000000000000000000.0",
        "To: <sip:alice@example.org>;tag=rls1a2b3c4d5e6f708192a3b4c5d6e7f809",
        "From: <sip:bob@example.org>;tag=10.1732.1764052021.7",
        "CSeq: 17 NOTIFY",
        "Call-ID: rls1a2b3c4d5e6f708192a3b4c5d6e7f80912345678",
        "Max-Forwards: 70",
        "Content-Length: 204",
        "User-Agent: kamailio (5.6.3 (x86_64/linux))",
        "Event: presence",
        "Contact: <sip:192.0.2.20:5070;transport=udp>",
        "Subscription-State: active;expires=3590",
        "Content-Type: application/pidf+xml",
    ],
    body: "<?xml version=\"1.0\"?><presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:bob@example.org\">"
        + "<tuple id=\"t1\"><status><basic>open</basic></status><contact>sip:bob@192.0.2.30</contact></tuple></presence>"
        + String(repeating: " ", count: 1)
)
