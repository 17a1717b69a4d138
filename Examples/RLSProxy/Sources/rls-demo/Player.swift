// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage
import SIPPhone

/// Somebody with a phone, whose messages the audience sees.
final class Player {
    let name: String
    let phone: SIPPhone
    private let stage: Stage
    private var publication = PhonePublication()

    init(_ name: String, stage: Stage, proxy: ProxyProcess) async throws {
        self.name = name
        self.stage = stage
        self.phone = try await SIPPhone.open("sip:\(name)@example.org", server: proxy.address)
    }

    /// Sends a request, and shows it and its answer.
    func send(
        _ request: SIPRequest,
        details: String,
        over send: (SIPRequest) async throws -> SIPResponse
    ) async throws -> SIPResponse {
        let target = String(decoding: request.requestURI, as: UTF8.self).replacing("sip:", with: "")
        self.stage.arrow(from: self.name, to: "proxy", "\(request.method.rawValue) \(target)", details)
        let response = try await send(request)
        let granted = response.headers.first(.expires).map { "Expires: \(String(decoding: $0, as: UTF8.self))" }
        let status = "\(response.statusCode) \(response.reasonPhrase)"
        self.stage.arrow(from: "proxy", to: self.name, status, granted ?? "")
        return response
    }

    /// Sends a request, shows it and its answer, and expects success.
    private func send(_ request: SIPRequest, details: String) async throws -> SIPResponse {
        let response = try await self.send(request, details: details) { try await self.phone.send($0) }
        guard response.statusCode == 200 else { throw DemoError.refused(response.statusCode) }
        return response
    }

    func publish(_ basic: PresenceNote.Basic, _ note: String) async throws {
        let document = PresenceNote(basic: basic, note: note).document(of: self.phone.uri)
        let request = self.publication.request(from: self.phone, document: document)
        let response = try await self.send(request, details: "presence: \(basic.rawValue), \"\(note)\"")
        try self.publication.accepted(by: response)
    }

    /// Watches somebody without a list.
    func watch(_ uri: String, expecting row: [String]) async throws {
        var subscription = PhoneSubscription(to: uri, isList: false)
        let request = subscription.request(from: self.phone, expires: 600)
        _ = try await self.send(request, details: "no list: goes to the presence agent")
        try await self.see("Tom sees what Bob shows him", row)
    }

    /// Expects a NOTIFY of somebody watched without a list.
    func see(_ what: String, _ row: [String]) async throws {
        let notify = try await self.phone.nextRequest()
        let state = try notify.subscriptionState
        self.stage.arrow(
            from: "proxy",
            to: self.name,
            "NOTIFY",
            String(decoding: notify.headers.first(.subscriptionState) ?? [], as: UTF8.self)
        )
        let note = PresenceNote(document: String(decoding: notify.body, as: UTF8.self))
        let seen = ["Bob", state?.state == .active ? "active" : "ended", note?.basic.rawValue ?? "-", note?.note ?? ""]
        self.stage.table("\(self.name)'s phone", header: ["buddy", "subscription", "presence", "note"], rows: [seen])
        self.stage.check(what, seen, row)
    }

    /// Whether no request comes for longer than the proxy collects changes.
    func hearsNothing() async -> Bool {
        (try? await self.phone.nextRequest(within: .milliseconds(1500))) == nil
    }
}
