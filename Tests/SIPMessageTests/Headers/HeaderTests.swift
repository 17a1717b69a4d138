// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Header rows and values (R3261-16, R3261-17).
struct HeaderTests {
    @Test func namesIgnoreCaseAndCompactForms() throws {
        #expect(SIPHeaderName("call-id") == .callID)
        #expect(SIPHeaderName("I") == .callID)
        #expect(SIPHeaderName("CALL-ID").hashValue == SIPHeaderName.callID.hashValue)
        #expect(SIPHeaderName("X-Thing") == SIPHeaderName("x-thing"))
        #expect(SIPHeaderName("X-Thing").hashValue == SIPHeaderName("x-THING").hashValue)
        #expect(SIPHeaderName("X-Thing") != SIPHeaderName("X-Thinh"))
        #expect(SIPHeaderName("x").spelling == "x")
        // A CR differs from a hyphen by the bit that case differs by.
        #expect(SIPHeaderName("Call\rID") != .callID)
        #expect(SIPHeaderName("Call-ID ") != .callID)
        #expect(SIPHeaderName("") != .callID)
    }

    static let spellings: [(String, SIPHeaderName)] = [
        ("Accept", .accept), ("Accept-Encoding", .acceptEncoding), ("Accept-Language", .acceptLanguage),
        ("Alert-Info", .alertInfo), ("Allow", .allow), ("Allow-Events", .allowEvents), ("u", .allowEvents),
        ("Authentication-Info", .authenticationInfo), ("Authorization", .authorization), ("Call-ID", .callID),
        ("Call-Info", .callInfo), ("Contact", .contact), ("m", .contact), ("Content-Disposition", .contentDisposition),
        ("Content-Encoding", .contentEncoding), ("e", .contentEncoding), ("Content-ID", .contentID),
        ("Content-Language", .contentLanguage), ("Content-Length", .contentLength), ("l", .contentLength),
        ("Content-Transfer-Encoding", .contentTransferEncoding), ("Content-Type", .contentType), ("c", .contentType),
        ("CSeq", .cSeq), ("Date", .date), ("Error-Info", .errorInfo), ("Event", .event), ("o", .event),
        ("Expires", .expires), ("From", .from), ("f", .from), ("In-Reply-To", .inReplyTo),
        ("Max-Forwards", .maxForwards), ("MIME-Version", .mimeVersion), ("Min-Expires", .minExpires),
        ("Organization", .organization), ("P-Asserted-Identity", .pAssertedIdentity), ("Path", .path),
        ("Priority", .priority), ("Privacy", .privacy), ("Proxy-Authenticate", .proxyAuthenticate),
        ("Proxy-Authorization", .proxyAuthorization), ("Proxy-Require", .proxyRequire), ("Reason", .reason),
        ("Record-Route", .recordRoute), ("Refer-To", .referTo), ("r", .referTo), ("Reply-To", .replyTo),
        ("Require", .require), ("Retry-After", .retryAfter), ("Route", .route), ("Server", .server),
        ("SIP-ETag", .sipETag), ("SIP-If-Match", .sipIfMatch), ("Subject", .subject), ("s", .subject),
        ("Subscription-State", .subscriptionState), ("Supported", .supported), ("k", .supported),
        ("Suppress-If-Match", .suppressIfMatch), ("Timestamp", .timestamp), ("To", .to), ("t", .to),
        ("Unsupported", .unsupported), ("User-Agent", .userAgent), ("Via", .via), ("v", .via), ("Warning", .warning),
        ("WWW-Authenticate", .wwwAuthenticate),
    ]

    @Test(arguments: spellings)
    func wellKnownNamesAreFound(_ text: String, _ name: SIPHeaderName) {
        #expect(SIPHeaderName(text) == name)
        #expect(SIPHeaderName(text.uppercased()) == name)
        #expect(text.utf8.count == 1 || name.spelling == text)
        #expect(SIPHeaderName(text + "x") != name)
    }

    @Test func listsMayBeSplitOrJoined() throws {
        let request = try parseRequest(
            options([
                "Accept: a/b , c/d", "k: x", "ACCEPT : e/f;v=\"1,2\",, ", "Contact: \"A, B\" <sip:a,b@c>, <sip:d@e>",
            ])
        )
        #expect(request.headers.values(.accept).map { text($0) } == ["a/b", "c/d", "e/f;v=\"1,2\""])
        #expect(request.headers.rows(.accept).count == 2)
        #expect(request.headers.count(of: .accept) == 2)
        #expect(try request.contacts.map(\.uri.text) == ["sip:a,b@c", "sip:d@e"])
        #expect(try request.contacts.first?.displayName == "A, B")
    }

    @Test func tokensAreFoundInAnyRow() throws {
        let request = try parseRequest(options(["Supported: path", "k: gruu , EventList", "Require:"]))
        #expect(request.headers.contains(.supported, token: "eventlist"))
        #expect(request.headers.contains(.supported, token: "path"))
        #expect(!request.headers.contains(.supported, token: "event"))
        #expect(!request.headers.contains(.require, token: "eventlist"))
        #expect(request.supported == ["path", "gruu", "EventList"])
        #expect(request.require.isEmpty)
    }

    @Test func credentialsAreNeverSplit() throws {
        let request = try parseRequest(
            options(["Authorization: Digest realm=\"a\", nonce=\"b\"", "Authorization: Digest c=d, e=f"])
        )
        #expect(request.headers.values(.authorization).count == 2)
    }

    @Test func orderIsKept() throws {
        let request = try parseRequest(options(["X-B: 2", "X-A: 1", "x-b: 3"]))
        #expect(request.headers.map(\.name.spelling).suffix(3) == ["X-B", "X-A", "x-b"])
        #expect(request.headers.rows("X-b").map { text($0) } == ["2", "3"])
        #expect(request.headers.count == 8)
    }

    @Test func changesKeepTheOtherRows() throws {
        var headers = SIPHeaders()
        headers.append(.via, "a, b ,c")
        headers.append(.via, "d")
        headers.append("X-Other", Array("1".utf8))
        headers.prepend(.route, "<sip:r>")
        headers.removeFirstValue(.via)
        #expect(headers.values(.via).map { text($0) } == ["b", "c", "d"])
        headers.removeFirstValue(.via)
        headers.removeFirstValue(.via)
        #expect(headers.values(.via).map { text($0) } == ["d"])
        headers.removeFirstValue(.via)
        headers.removeFirstValue(.via)
        #expect(headers.values(.via).isEmpty)
        headers.append("x-other", "2")
        headers.replaceFirst("X-OTHER", with: "0")
        #expect(headers.rows("X-Other").map { text($0) } == ["0", "2"])
        headers.replace("X-Other", with: "9")
        #expect(headers.rows("X-Other").map { text($0) } == ["9"])
        headers.replace(.expires, with: "60")
        #expect(headers.map(\.name) == [.route, "X-Other", .expires])
        headers.remove("x-other")
        #expect(headers.map(\.name) == [.route, .expires])
    }

    @Test(arguments: ["a\r\nInjected: b", "a\nInjected: b", "a\rb"])
    func noValueBecomesTwoRows(_ value: String) throws {
        var request = SIPRequest(.options, uri: "sip:a@b")
        for line in minimalLines {
            let parts = line.split(separator: ":", maxSplits: 1)
            request.headers.append(SIPHeaderName(String(parts[0])), String(parts[1].dropFirst()))
        }
        request.headers.append("X-Value", value)
        let parsed = try parseRequest(request.bytes)
        #expect(parsed.headers.first("Injected") == nil)
        #expect(parsed.headers.count == minimalLines.count + 2)
    }

    @Test func equalHeadersHaveEqualHashes() throws {
        let one = try parseRequest(options(["X-A: 1"])).headers
        let two = try parseRequest(options(["x-a:1"])).headers
        #expect(one == two)
        #expect(one.hashValue == two.hashValue)
        #expect(one != SIPHeaders())
    }

    @Test func tokensHaveTheBytesOfTheGrammar() {
        let others = Set("-.!%*_+`'~".utf8)
        for byte in UInt8.min...UInt8.max {
            let isAlphanumeric =
                byte < 128 && (Character(Unicode.Scalar(byte)).isLetter || (0x30...0x39).contains(byte))
            #expect(SIPText.isToken([byte]) == (isAlphanumeric || others.contains(byte)))
        }
    }
}
