// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage
import SIPPhone
import Testing

/// Alice without a list: one plain subscription per buddy, straight to the presence server.
final class ControlWatcher {
    /// What she was shown last, by URI.
    private(set) var bodies: [String: [UInt8]] = [:]
    private var phones: [String: SIPPhone] = [:]

    init(kamailio: SocketAddress, watching names: [String]) async throws {
        for name in names {
            let phone = try await SIPPhone.open("sip:alice@example.org", server: kamailio)
            self.phones[name] = phone
            var subscription = PhoneSubscription(to: "sip:\(name)@example.org", isList: false)
            #expect(try await phone.send(subscription.request(from: phone, expires: 600)).statusCode == 200)
            try await self.update(name)
        }
    }

    /// Takes the next NOTIFY about somebody.
    func update(_ name: String) async throws {
        let notify = try await #require(self.phones[name]).nextRequest()
        self.bodies["sip:\(name)@example.org"] = Array(notify.body)
    }
}
