// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import SIPMessage

extension StrictWatcher {
    /// A SUBSCRIBE: the first one, or a refresh when the dialog exists.
    ///
    /// - Parameter expires: seconds asked for; nil: those of the options; 0 unsubscribes, or fetches when it is first.
    public mutating func subscribe(expires: UInt32? = nil) -> SIPRequest {
        let expires = expires ?? self.options.expires
        self.localCSeq += 1
        self.audit.asked[self.localCSeq] = .init(
            expires: expires,
            contact: self.options.contact,
            accept: self.options.accept
        )
        if self.phase == .idle { self.phase = .asking }
        var request = SIPRequest(.subscribe, uri: self.remoteTarget ?? self.options.listURI)
        let branch = "z9hG4bK-\(self.options.callID)-\(self.localCSeq)"
        request.headers.append(.via, "SIP/2.0/UDP phone.example.com;branch=\(branch)")
        request.headers.append(.maxForwards, "70")
        for route in self.options.recordRoutes {
            request.headers.append(.recordRoute, route)
        }
        request.headers.append(.from, "<\(self.options.watcherURI)>;tag=\(self.options.tag)")
        request.headers.append(.to, "<\(self.options.listURI)>" + (self.serverTag.map { ";tag=\($0)" } ?? ""))
        request.headers.append(.callID, self.options.callID)
        request.headers.append(.cSeq, "\(self.localCSeq) SUBSCRIBE")
        request.headers.append(.contact, "<\(self.options.contact)>")
        request.headers.append(.event, self.options.event + (self.options.eventID.map { ";id=\($0)" } ?? ""))
        request.headers.append(.expires, String(expires))
        request.headers.append(.supported, "eventlist")
        for range in self.options.accept ?? [] {
            request.headers.append(.accept, range)
        }
        if !self.options.userAgent.isEmpty {
            request.headers.append(.userAgent, self.options.userAgent)
        }
        return request
    }

    /// Ends the subscription: a SUBSCRIBE with Expires 0 in the dialog.
    public mutating func unsubscribe() -> SIPRequest {
        self.subscribe(expires: 0)
    }

    /// Takes the answer to a SUBSCRIBE.
    public mutating func receive(_ response: SIPResponse, at now: RLSInstant) {
        if !self.isAudited {
            self.audit.answered(response, at: now)
        }
        guard response.statusCode >= 200, let cSeq = try? response.cSeq, cSeq.number == self.localCSeq else { return }
        guard response.statusCode < 300 else { return self.refused(response.statusCode) }
        self.serverTag = self.serverTag ?? response.toTag.map(text)
        self.remoteTarget = (try? response.contacts)?.first?.uri.text ?? self.remoteTarget
        self.wantsRefresh = false
        if let granted = (try? response.expires) ?? nil {
            self.expiresAt = now.advanced(by: .seconds(Int64(granted)))
        }
    }

    private mutating func refused(_ status: Int) {
        switch self.phase {
        case .idle, .asking:
            self.phase = .refused(status)
        case .pending, .active:
            // R6665-67, R6665-68: some answers end the subscription, all others leave it as it was.
            if [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604].contains(status) {
                self.phase = .terminated(reason: "answered \(status)")
            }
        case .refused, .terminated:
            break
        }
    }

    /// The server has answered a SUBSCRIBE; the answer may still be on its way. Call it before the NOTIFYs that follow.
    public mutating func serverAnswered(_ response: SIPResponse, at now: RLSInstant) {
        self.isAudited = true
        self.audit.answered(response, at: now)
    }
}
