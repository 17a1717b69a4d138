// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension SIPRequest {
    /// A MESSAGE of tom's, with a Call-ID of its own.
    static func message(to uri: String, type: String, body: [UInt8]) -> SIPRequest {
        var request = SIPRequest(.message, uri: uri)
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:tom@example.org>;tag=t")
        request.headers.append(.to, "<\(uri)>")
        request.headers.append(.callID, "m\(UInt64.random(in: .min ... .max))")
        request.headers.append(.cSeq, "1 MESSAGE")
        request.headers.append(.contentType, type)
        request.setBody { $0.append(contentsOf: body) }
        return request
    }
}
