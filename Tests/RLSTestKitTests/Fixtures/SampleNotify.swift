// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

@testable import RLSTestKit

/// A correct list NOTIFY whose pieces a test can change.
struct SampleNotify {
    var version: UInt32 = 0
    var cSeq: UInt32 = 1
    var fullState = true
    var state = "active;expires=600"
    var resources = [
        #"<resource uri="sip:bob@example.com"><name>Bob</name><instance id="b" state="active" cid="CID1"/></resource>"#,
        #"<resource uri="sip:carol@example.com"/>"#,
    ]
    var parts = 1
    var target = "sip:alice@192.0.2.10"

    static let list = "sip:team@example.com"

    static var options: WatcherOptions {
        WatcherOptions(
            listURI: Self.list,
            watcherURI: "sip:alice@example.com",
            contact: "sip:alice@192.0.2.10",
            callID: "c1@phone",
            tag: "al"
        )
    }

    var boundary: String { "boundary0123456789abcdef\(self.cSeq)x" }
    func cid(_ index: Int) -> String { "\(self.cSeq).\(index)@rls.example.com" }

    /// The body, with LF line ends turned into CRLF around the parts.
    var body: String {
        var text = "--\(self.boundary)\n" + self.head(0, "application/rlmi+xml;charset=\"UTF-8\"")
        let rows = self.resources.joined().replacing("CID1", with: self.cid(1)).replacing("CID2", with: self.cid(2))
        text += #"<?xml version="1.0" encoding="UTF-8"?>"#
        text += #"<list xmlns="urn:ietf:params:xml:ns:rlmi" uri="\#(Self.list)" version="\#(self.version)" "#
        text += #"fullState="\#(self.fullState)">\#(rows)</list>"#
        for index in 0..<self.parts {
            text += "\n--\(self.boundary)\n" + self.head(index + 1, "application/pidf+xml") + "<presence/>"
        }
        return (text + "\n--\(self.boundary)--").replacing("\n", with: "\r\n")
    }

    private func head(_ index: Int, _ type: String) -> String {
        "Content-Transfer-Encoding: binary\nContent-ID: <\(self.cid(index))>\nContent-Type: \(type)\n\n"
    }

    /// Header rows; the type's boundary is unquoted and last.
    var headers: String {
        """
        Via: SIP/2.0/UDP rls.example.com;branch=z9hG4bK-\(self.cSeq)
        Max-Forwards: 70
        From: <\(Self.list)>;tag=rls
        To: <sip:alice@example.com>;tag=al
        Call-ID: c1@phone
        CSeq: \(self.cSeq) NOTIFY
        Contact: <sip:rls@rls.example.com>
        Event: presence
        Subscription-State: \(self.state)
        Require: eventlist
        Content-Type: \
        multipart/related;type="application/rlmi+xml";start="<\(self.cid(0))>";boundary=\(self.boundary)
        """
    }

    /// The request, with texts replaced first.
    func request(replacing edits: [(String, String)] = []) -> SIPRequest {
        var head = "NOTIFY \(self.target) SIP/2.0\n" + self.headers + "\n"
        var body = self.body
        for (old, new) in edits {
            head = head.replacing(old, with: new)
            body = body.replacing(old, with: new)
        }
        let bytes = head.replacing("\n", with: "\r\n") + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
        guard case .request(let request) = try! SIPParser.parse(datagram: Array(bytes.utf8)) else { fatalError() }
        return request
    }

    /// A watcher whose SUBSCRIBE was granted 600 s at the origin of time.
    static func subscribed(_ options: WatcherOptions = Self.options) -> StrictWatcher {
        var watcher = StrictWatcher(options)
        _ = watcher.subscribe(expires: 600)
        watcher.receive(Self.accepted(1, expires: 600), at: .zero)
        return watcher
    }

    static func accepted(_ cSeq: UInt32, expires: UInt32, replacing edits: [(String, String)] = []) -> SIPResponse {
        var text = """
            SIP/2.0 200 OK
            Via: SIP/2.0/UDP phone.example.com;branch=z9hG4bK-1
            From: <sip:alice@example.com>;tag=al
            To: <\(Self.list)>;tag=rls
            Call-ID: c1@phone
            CSeq: \(cSeq) SUBSCRIBE
            Contact: <sip:rls@rls.example.com>
            Expires: \(expires)
            Require: eventlist
            Content-Length: 0


            """
        for (old, new) in edits {
            text = text.replacing(old, with: new)
        }
        let message = try! SIPParser.parse(datagram: Array(text.replacing("\n", with: "\r\n").utf8))
        guard case .response(let response) = message else { fatalError() }
        return response
    }
}
