// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// The notifier of all back-end subscriptions, in as little memory as possible and all of it taken at the beginning, so
/// that what the process grows by afterwards is the engine's.
final class PresenceServer {
    /// Bytes of one of the engine's tags or Call-IDs.
    private static let tokenLength = 34

    /// From tag and Call-ID of each resource's subscription.
    private var tokens: [UInt8]
    private var cSeq: [UInt32]
    private var serial = 0

    init(resources: Int) {
        self.tokens = [UInt8](repeating: 0x2E, count: resources * 2 * Self.tokenLength)
        self.cSeq = [UInt32](repeating: 0, count: resources)
    }

    /// The URI of a resource; all of one length, as users of one domain have.
    static func uri(_ resource: Int) -> String {
        let digits = String(resource)
        return "sip:user\(String(repeating: "0", count: 7 - digits.count))\(digits)@example.com"
    }

    /// Takes a SUBSCRIBE, the first one of a subscription or a later one.
    ///
    /// - Returns: the resource it is for.
    func take(_ subscribe: SIPRequest) -> Int {
        // "<sip:user0000000@example.com>": the Request-URI of a later one is our Contact.
        let to = subscribe.headers.first(.to) ?? []
        let resource = to.dropFirst(9).prefix(7).reduce(0) { $0 * 10 + Int($1 - 0x30) }
        let start = resource * 2 * Self.tokenLength
        for (offset, byte) in (subscribe.fromTag ?? []).enumerated() {
            self.tokens[start + offset] = byte
        }
        for (offset, byte) in (subscribe.callID ?? []).enumerated() {
            self.tokens[start + Self.tokenLength + offset] = byte
        }
        return resource
    }

    /// The answer to a SUBSCRIBE: an unsubscribe gets what it asks for.
    static func answer(to subscribe: SIPRequest, granted: Int = 3600) -> SIPResponse {
        let granted = Self.isUnsubscribe(subscribe) ? 0 : granted
        var response = SIPResponse(to: subscribe, 200, toTag: Array("10.1732.1764052021.7".utf8)[...])
        response.headers.append(.expires, String(granted))
        response.headers.append(.contact, "<sip:192.0.2.20:5070;transport=udp>")
        return response
    }

    static func isUnsubscribe(_ subscribe: SIPRequest) -> Bool {
        subscribe.headers.first(.expires)?.elementsEqual("0".utf8) ?? false
    }

    /// The next NOTIFY of a resource's subscription, with a body that no other NOTIFY has.
    ///
    /// - Parameter bodySize: bytes of the body; 0: none.
    func makeNotify(_ resource: Int, bodySize: Int, state: String = "active;expires=3590") -> SIPRequest {
        self.cSeq[resource] += 1
        self.serial += 1
        let start = resource * 2 * Self.tokenLength
        let tag = self.tokens[start..<start + Self.tokenLength]
        let callID = self.tokens[start + Self.tokenLength..<start + 2 * Self.tokenLength]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(800 + bodySize)
        func line(_ parts: String...) {
            for part in parts {
                bytes.append(contentsOf: part.utf8)
            }
            bytes.append(contentsOf: "\r\n".utf8)
        }
        line("NOTIFY sip:rls@192.0.2.1:5060 SIP/2.0")
        line("Via: SIP/2.0/UDP 192.0.2.20:5070;branch=z9hG4bK7c1a.\(self.serial).0")
        line("To: <sip:alice@example.com>;tag=", String(decoding: tag, as: UTF8.self))
        line("From: <", Self.uri(resource), ">;tag=10.1732.1764052021.\(resource)")
        line("CSeq: \(self.cSeq[resource]) NOTIFY")
        line("Call-ID: ", String(decoding: callID, as: UTF8.self))
        line("Max-Forwards: 70")
        line("Content-Length: \(bodySize)")
        line("User-Agent: presence server")
        line("Event: presence")
        line("Contact: <sip:192.0.2.20:5070;transport=udp>")
        line("Subscription-State: ", state)
        if bodySize > 0 {
            line("Content-Type: application/pidf+xml")
        }
        line("")
        if bodySize > 0 {
            self.writeBody(resource, size: bodySize, into: &bytes)
        }
        guard case .request(let request)? = try? SIPParser.parse(datagram: bytes) else {
            preconditionFailure("this is a request")
        }
        return request
    }

    private func writeBody(_ resource: Int, size: Int, into bytes: inout [UInt8]) {
        let end = bytes.count + size
        bytes.append(
            contentsOf: """
                <?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="\(Self.uri(resource))"><tuple \
                id="t\(self.serial)"><status><basic>open</basic></status><contact>sip:192.0.2.30</contact>\
                </tuple></presence>
                """.utf8.prefix(size)
        )
        bytes.append(contentsOf: repeatElement(0x20, count: end - bytes.count))
    }
}
