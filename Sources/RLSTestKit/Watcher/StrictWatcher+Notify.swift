// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import SIPMessage

extension StrictWatcher {
    /// The server has sent a NOTIFY; it may still be on its way, or get lost.
    ///
    /// From the first call on, order and completeness are judged by what is handed in here.
    ///
    /// - Returns: the body, when it could be read.
    @discardableResult
    public mutating func serverSent(_ notify: SIPRequest, at now: RLSInstant) -> RLSListNotification? {
        self.isAudited = true
        let body = self.audit.sent(notify, at: now)
        self.sent = body.map { (notify.body, $0) }
        return body
    }

    /// The server has sent a NOTIFY in a subscription that ``mayReturn``: it counts as in flight, and is not judged.
    public mutating func serverSentUnjudged(_ notify: SIPRequest) {
        self.audit.sentUnjudged(notify)
    }

    /// The server knows how a NOTIFY ended: a status, or nil for no answer.
    public mutating func serverLearned(status: Int?, ofNotify cSeq: UInt32, at now: RLSInstant) {
        self.audit.outcome(of: cSeq, status: status, at: now)
    }

    /// Takes a NOTIFY.
    ///
    /// - Returns: the answer; nil with `.silence` and `.later`.
    public mutating func receive(
        _ notify: SIPRequest,
        at now: RLSInstant,
        answering answer: Answer = .ok
    ) -> SIPResponse? {
        guard self.isMine(notify) else { return SIPResponse(to: notify, 481) }
        let number = (try? notify.cSeq)?.number ?? 0
        if let last = self.remoteCSeq, number <= last, self.isAudited {
            // RFC 3261 12.2.2: an old one that was held up on the way.
            return SIPResponse(to: notify, number == last ? 200 : 500)
        }
        if !self.isAudited {
            self.audit.sent(notify, at: now)
        }
        self.remoteCSeq = max(self.remoteCSeq ?? 0, number)
        switch answer {
        case .ok:
            self.take(notify, at: now)
            self.conclude(number, status: 200, at: now)
            return SIPResponse(to: notify, 200)
        case .refuse(let status, let retryAfter):
            self.conclude(number, status: status, at: now)
            var response = SIPResponse(to: notify, status)
            if let retryAfter { response.headers.append(.retryAfter, String(retryAfter)) }
            return response
        case .silence:
            self.held = nil
            return nil
        case .later:
            self.held = (notify, now)
            return nil
        }
    }

    /// Answers the NOTIFY that was taken with `.later`.
    public mutating func answerHeld(at now: RLSInstant) -> SIPResponse? {
        guard let (notify, _) = self.held else { return nil }
        self.held = nil
        self.take(notify, at: now)
        self.conclude((try? notify.cSeq)?.number ?? 0, status: 200, at: now)
        return SIPResponse(to: notify, 200)
    }

    /// The server's transaction of the NOTIFY that was not answered has timed out.
    public mutating func gaveUp(at now: RLSInstant) {
        self.held = nil
        guard !self.isAudited, let number = self.audit.inFlight else { return }
        self.audit.outcome(of: number, status: nil, at: now)
    }

    /// Reads a NOTIFY as it came in a datagram, and takes it.
    public mutating func receive(datagram: [UInt8], at now: RLSInstant, answering answer: Answer = .ok) -> SIPResponse?
    {
        do throws(SIPParseError) {
            guard case .request(let request) = try SIPParser.parse(datagram: datagram) else { return nil }
            return self.receive(request, at: now, answering: answer)
        } catch {
            self.audit.note("R3261-18", "not a SIP message: \(error)")
            return nil
        }
    }

    private mutating func conclude(_ number: UInt32, status: Int, at now: RLSInstant) {
        guard !self.isAudited else { return }
        self.audit.outcome(of: number, status: status, at: now)
    }

    /// A NOTIFY of this subscription: the first dialog wins, others get 481 (R4662-98).
    private func isMine(_ notify: SIPRequest) -> Bool {
        guard notify.method == .notify, notify.callID.map(text) == self.options.callID,
            notify.toTag.map(text) == self.options.tag
        else { return false }
        switch self.phase {
        case .idle, .refused, .terminated: return false
        case .asking, .pending, .active: break
        }
        return self.serverTag == nil || self.serverTag == notify.fromTag.map(text)
    }

    private mutating func take(_ notify: SIPRequest, at now: RLSInstant) {
        self.serverTag = self.serverTag ?? notify.fromTag.map(text)
        self.remoteTarget = (try? notify.contacts)?.first?.uri.text ?? self.remoteTarget
        if let state = (try? notify.subscriptionState) ?? nil {
            self.take(state, at: now)
        }
        guard let body = self.read(notify) else { return }
        self.lastNotification = body
        let change = self.table.apply(body)
        self.lastChange = change
        switch change {
        case .rebuilt: self.wantsRefresh = false
        case .updatedAfterGap: self.wantsRefresh = true
        case .updated, .discarded: break
        }
    }

    /// What arrives has mostly been read already when it was sent.
    private func read(_ notify: SIPRequest) -> RLSListNotification? {
        if let (bytes, body) = self.sent, bytes == notify.body { return body }
        guard let type = notify.headers.first(.contentType) else { return nil }
        var faults: [RLSReadingFault] = []
        return try? RLSListNotification(
            contentType: type,
            body: notify.body,
            style: self.options.style,
            faults: &faults
        )
    }

    private mutating func take(_ state: SIPSubscriptionState, at now: RLSInstant) {
        switch state.state {
        case .active, .pending, .other:
            self.phase = state.state == .pending ? .pending : .active
            if let expires = state.expires {
                self.expiresAt = now.advanced(by: .seconds(Int64(expires)))
            }
        case .terminated:
            self.phase = .terminated(reason: state.reason.map(text) ?? "")
        }
    }
}
