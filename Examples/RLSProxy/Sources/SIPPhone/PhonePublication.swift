// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import SIPMessage

/// A presence publication of a phone (RFC 3903): makes its PUBLISHes.
package struct PhonePublication: Sendable {
    private let callID: String
    private let tag: String
    private var sequence = 0
    private var etag: String?

    /// Prepares a publication.
    package init() {
        self.callID = "\(UInt64.random(in: .min ... .max))@phone"
        self.tag = String(UInt32.random(in: .min ... .max), radix: 16)
    }

    /// The next PUBLISH; without document a refresh, and with 0 seconds the end.
    package mutating func request(from phone: SIPPhone, document: String?, expires: Int = 3600) -> SIPRequest {
        self.sequence += 1
        var request = SIPRequest(.publish, uri: phone.uri)
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<\(phone.uri)>;tag=\(self.tag)")
        request.headers.append(.to, "<\(phone.uri)>")
        request.headers.append(.callID, self.callID)
        request.headers.append(.cSeq, "\(self.sequence) PUBLISH")
        request.headers.append(.event, "presence")
        request.headers.append(.expires, String(expires))
        if let etag = self.etag {
            request.headers.append(.sipIfMatch, etag)
        }
        if let document {
            request.headers.append(.contentType, "application/pidf+xml")
            request.setBody { $0.append(contentsOf: document.utf8) }
        }
        return request
    }

    /// Remembers the entity tag of a 2xx.
    package mutating func accepted(by response: SIPResponse) throws {
        guard let etag = response.headers.first(.sipETag) else { throw PhoneError.unusable("no SIP-ETag") }
        self.etag = String(decoding: etag, as: UTF8.self)
    }
}
