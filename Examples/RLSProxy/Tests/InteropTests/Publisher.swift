// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage
import SIPPhone
import Testing

/// Somebody who publishes presence, through the proxy.
final class Publisher {
    private let phone: SIPPhone
    private var publication = PhonePublication()

    init(_ name: String, proxy: SocketAddress) async throws {
        self.phone = try await SIPPhone.open("sip:\(name)@example.org", server: proxy)
    }

    func publish(_ basic: String, note: String) async throws {
        let document = """
            <?xml version="1.0" encoding="UTF-8"?>
            <presence xmlns="urn:ietf:params:xml:ns:pidf" entity="\(self.phone.uri)">
              <tuple id="phone"><status><basic>\(basic)</basic></status><note>\(note)</note></tuple>
            </presence>
            """
        let response = try await self.phone.send(self.publication.request(from: self.phone, document: document))
        #expect(response.statusCode == 200)
        try self.publication.accepted(by: response)
    }

    func unpublish() async throws {
        let request = self.publication.request(from: self.phone, document: nil, expires: 0)
        #expect(try await self.phone.send(request).statusCode == 200)
    }
}
