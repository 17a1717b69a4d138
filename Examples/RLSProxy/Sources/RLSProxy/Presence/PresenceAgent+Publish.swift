// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

extension PresenceAgent {
    /// Handles a PUBLISH (RFC 3903 §6).
    mutating func publish(_ request: SIPRequest, now: RLSInstant) -> Outcome {
        if let refusal = self.refusal(of: request) {
            return Outcome(response: refusal)
        }
        guard let uri = try? request.uri else { return Outcome(response: SIPResponse(to: request, 400)) }
        let seconds: UInt32
        switch self.grant(request) {
        case .seconds(let granted): seconds = granted
        case .refused(let response): return Outcome(response: response)
        }
        let key = uri.addressOfRecord
        let expiresAt = now.advanced(by: .seconds(Int64(seconds)))

        guard let etag = request.headers.first(.sipIfMatch).map({ String(decoding: $0, as: UTF8.self) }) else {
            return self.create(request, of: key, seconds: seconds, expiresAt: expiresAt, now: now)
        }
        guard let index = self.presentities[key]?.publications.firstIndex(where: { $0.etag == etag }) else {
            return Outcome(response: SIPResponse(to: request, 412))
        }
        if seconds == 0 {
            self.presentities[key]?.publications.remove(at: index)
            let response = self.accepted(request, etag: etag, seconds: 0)
            return Outcome(response: response, notifications: self.changed(key, now: now))
        }
        if !request.body.isEmpty, let refusal = Self.refusalOfBody(request) {
            return Outcome(response: refusal)
        }

        let fresh = self.token()
        self.presentities[key]?.publications[index].etag = fresh
        self.presentities[key]?.publications[index].expiresAt = expiresAt
        self.wheel.schedule(.publication(presentity: key, etag: fresh), at: expiresAt)
        let response = self.accepted(request, etag: fresh, seconds: seconds)
        // RFC 3903 §4.4: without body a refresh, which changes nothing for the watchers.
        guard !request.body.isEmpty else { return Outcome(response: response) }
        self.presentities[key]?.publications[index].body = Array(request.body)
        self.presentities[key]?.publications[index].contentType = Array(request.headers.first(.contentType) ?? [])
        return Outcome(response: response, notifications: self.changed(key, now: now))
    }

    private mutating func create(
        _ request: SIPRequest,
        of key: String,
        seconds: UInt32,
        expiresAt: RLSInstant,
        now: RLSInstant
    ) -> Outcome {
        // RFC 3903 §6 step 4: an initial publication has a document.
        guard !request.body.isEmpty else { return Outcome(response: SIPResponse(to: request, 400)) }
        if let refusal = Self.refusalOfBody(request) {
            return Outcome(response: refusal)
        }
        let etag = self.token()
        let response = self.accepted(request, etag: etag, seconds: seconds)
        guard seconds > 0 else { return Outcome(response: response) }

        var presentity = self.presentities[key] ?? Presentity(uri: key)
        presentity.wasPublished = true
        presentity.publications.append(
            Publication(
                etag: etag,
                contentType: Array(request.headers.first(.contentType) ?? []),
                body: Array(request.body),
                expiresAt: expiresAt
            )
        )
        self.presentities[key] = presentity
        self.wheel.schedule(.publication(presentity: key, etag: etag), at: expiresAt)
        return Outcome(response: response, notifications: self.changed(key, now: now))
    }

    private func accepted(_ request: SIPRequest, etag: String, seconds: UInt32) -> SIPResponse {
        var response = SIPResponse(to: request, 200, toTag: SIPBytes(self.token().utf8))
        response.headers.append(.expires, String(seconds))
        response.headers.append(.sipETag, etag)
        return response
    }

    private static func refusalOfBody(_ request: SIPRequest) -> SIPResponse? {
        if let type = try? request.contentType, type.type == "application", type.subtype == "pidf+xml" {
            return nil
        }
        var response = SIPResponse(to: request, 415)
        response.headers.append(.accept, "application/pidf+xml")
        return response
    }
}
