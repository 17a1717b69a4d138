// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import Testing

@testable import RLSProxy

@Suite("Listening addresses")
struct ListenAddressTests {
    @Test(
        "what is written is read",
        arguments: [
            ("udp:127.0.0.1:5070", ListenAddress(.udp, host: "127.0.0.1", port: 5070)),
            ("TCP:0.0.0.0", ListenAddress(.tcp, host: "0.0.0.0", port: 5060)),
            ("udp:[::1]:5070", ListenAddress(.udp, host: "::1", port: 5070)),
            ("udp:[::1]", ListenAddress(.udp, host: "::1", port: 5060)),
            ("udp:127.0.0.1:0", ListenAddress(.udp, host: "127.0.0.1", port: 0)),
        ]
    )
    func good(text: String, address: ListenAddress) {
        #expect(ListenAddress(text) == address)
    }

    @Test(
        "what is not understood is refused",
        arguments: [
            "", "udp", "udp:", "tls:127.0.0.1:5061", "udp:127.0.0.1:", "udp:127.0.0.1:65536", "udp:[::1", "x:h:1",
        ]
    )
    func bad(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
