// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Requests and bytes for tables of header values.
enum Sample {
    static func bytes(_ text: String) -> SIPBytes {
        // With something before, so that indices do not begin at 0.
        let all = Array("##\(text)##".utf8)
        return all[2..<(all.count - 2)]
    }

    static func text(_ bytes: SIPBytes?) -> String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// A request with these rows of one header.
    static func request(_ name: SIPHeaderName, _ values: String...) -> SIPRequest {
        var request = SIPRequest(.subscribe, uri: "sip:alice@example.org")
        for value in values {
            request.headers.append(name, value)
        }
        return request
    }
}
