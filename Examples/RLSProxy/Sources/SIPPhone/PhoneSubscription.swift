// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import SIPMessage

/// A subscription as its watcher sees it: makes the SUBSCRIBEs of one dialog.
package struct PhoneSubscription: Sendable {
    /// What is watched.
    package let target: String
    /// Whether the watcher understands lists.
    package let isList: Bool
    private let callID: String
    private let tag: String
    private var sequence = 0
    /// To of the last response, with the notifier's tag.
    private var remote: String
    private var remoteTarget: String
    private var routes: [String] = []

    /// Prepares a subscription.
    package init(to target: String, isList: Bool = true) {
        self.target = target
        self.isList = isList
        self.callID = "\(UInt64.random(in: .min ... .max))@phone"
        self.tag = String(UInt32.random(in: .min ... .max), radix: 16)
        self.remote = "<\(target)>"
        self.remoteTarget = target
    }

    /// The next SUBSCRIBE; 0 seconds end the subscription.
    package mutating func request(from phone: SIPPhone, expires: Int) -> SIPRequest {
        self.sequence += 1
        var request = SIPRequest(.subscribe, uri: self.remoteTarget)
        for route in self.routes {
            request.headers.append(.route, route)
        }
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<\(phone.uri)>;tag=\(self.tag)")
        request.headers.append(.to, self.remote)
        request.headers.append(.callID, self.callID)
        request.headers.append(.cSeq, "\(self.sequence) SUBSCRIBE")
        request.headers.append(.contact, "<\(phone.contact)>")
        request.headers.append(.event, "presence")
        request.headers.append(.expires, String(expires))
        if self.isList {
            request.headers.append(.supported, "eventlist")
            request.headers.append(.accept, "application/pidf+xml, application/rlmi+xml, multipart/related")
        } else {
            request.headers.append(.accept, "application/pidf+xml")
        }
        return request
    }

    /// Takes over the dialog of a 2xx (RFC 3261 §12.1.2).
    package mutating func established(by response: SIPResponse) throws {
        guard let to = response.headers.first(.to) else { throw PhoneError.unusable("no To") }
        self.remote = String(decoding: to, as: UTF8.self)
        guard let contact = try response.contacts.first else { throw PhoneError.unusable("no Contact") }
        self.remoteTarget = contact.uri.text
        guard self.routes.isEmpty else { return }
        self.routes = response.headers.values(.recordRoute).reversed().map { String(decoding: $0, as: UTF8.self) }
    }
}
