// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSTestKit
import SIPMessage
import SIPPhone

/// A presence server on a socket of its own: says to each SUBSCRIBE what the test wants, in the order the test wants.
/// An unsubscribe finds nothing any more, so that a proxy that stops need not wait for a last NOTIFY.
struct ScriptedNotifier {
    let phone: SIPPhone

    init(_ user: String, for running: RunningProxy) async throws {
        self.phone = try await running.phone("sip:\(user)@example.net")
        self.phone.answerRequests { (try? $0.expires) == 0 ? 481 : nil }
    }

    /// The URI of its only resource: the socket's address.
    var resource: String { self.phone.contact }

    /// The next SUBSCRIBE that is not a repeat.
    func nextSubscribe(within limit: TimeAmount = .seconds(10)) async throws -> SIPRequest {
        try await self.phone.nextRequest(within: limit)
    }

    /// Answers a SUBSCRIBE.
    func answer(_ subscribe: SIPRequest, _ status: Int = 200, _ lines: [(SIPHeaderName, String)] = []) {
        var response = SIPResponse(to: subscribe, status, toTag: Self.tag)
        if status < 300 {
            response.headers.append(.contact, "<\(self.phone.contact)>")
            response.headers.append(.expires, subscribe.headers.first(.expires) ?? Self.tag)
        }
        for (name, value) in lines {
            response.headers.replace(name, with: value)
        }
        self.phone.send(bytes: response.bytes)
    }

    /// Sends a NOTIFY of the subscription that a SUBSCRIBE began.
    func notify(
        _ subscribe: SIPRequest,
        cSeq: Int = 1,
        state: String? = "active;expires=600",
        body: String? = nil,
        type: String? = "application/pidf+xml",
        lines: [(SIPHeaderName, String)] = []
    ) async throws -> SIPResponse {
        let contact = subscribe.headers.first(.contact).map { String(decoding: $0, as: UTF8.self) } ?? ""
        var request = SIPRequest(.notify, uri: String(contact.drop { $0 == "<" }.prefix { $0 != ">" }))
        request.headers.append(.maxForwards, "70")
        let to = String(decoding: subscribe.headers.first(.to) ?? [], as: UTF8.self)
        request.headers.append(
            .from,
            subscribe.toTag == nil ? "\(to);tag=\(String(decoding: Self.tag, as: UTF8.self))" : to
        )
        request.headers.append(.to, subscribe.headers.first(.from) ?? [])
        request.headers.append(.callID, subscribe.callID ?? [])
        request.headers.append(.cSeq, "\(cSeq) NOTIFY")
        request.headers.append(.contact, "<\(self.phone.contact)>")
        request.headers.append(.event, subscribe.headers.first(.event) ?? [])
        if let state {
            request.headers.append(.subscriptionState, state)
        }
        if let body {
            if let type {
                request.headers.append(.contentType, type)
            }
            request.setBody { $0.append(contentsOf: body.utf8) }
        }
        for (name, value) in lines {
            request.headers.replace(name, with: value)
        }
        return try await self.phone.send(request)
    }

    /// Takes the first SUBSCRIBE, and brings a state.
    ///
    /// - Parameter seconds: what is granted; nil: what was asked for, of which the NOTIFY says ten minutes.
    func serve(_ body: String = "<open/>", granting seconds: Int? = nil) async throws -> SIPRequest {
        let subscribe = try await self.nextSubscribe()
        self.answer(subscribe, 200, seconds.map { [(.expires, String($0))] } ?? [])
        _ = try await self.notify(subscribe, state: "active;expires=\(seconds ?? 600)", body: body)
        return subscribe
    }

    private static let tag: SIPBytes = ArraySlice("notifier".utf8)
}
