// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

extension NotifyAudit {
    /// The server has sent a NOTIFY.
    ///
    /// - Returns: the body, when it could be read.
    @discardableResult
    mutating func sent(_ notify: SIPRequest, at now: RLSInstant) -> RLSListNotification? {
        let number = (try? notify.cSeq)?.number ?? 0
        if let ended = self.ended, !self.isOwedLastNotify(notify) {
            self.note(ended.rule, "a NOTIFY although \(ended.why)", number)
        }
        self.checkDialog(notify, number)
        self.checkHeaders(notify, number)
        let state = self.checkState(notify, number, at: now)
        self.checkOrder(notify, number)
        let body = self.body(of: notify, number)
        if let body {
            self.check(body, number, isLast: state == .terminated)
        }
        if state == .terminated {
            self.ended = ("R6665-40", "the subscription is terminated")
        }
        self.notifyDueSince = nil
        self.fullStateDue = nil
        self.isAway = false
        return body
    }

    /// One in a dialog that is over for the watcher, and may not be for a restarted server. The dialog may be asked for again
    /// while it is in flight.
    mutating func sentUnjudged(_ notify: SIPRequest) {
        guard let tag = notify.fromTag.map(text), tag == self.serverTag else { return }
        self.inFlight = (try? notify.cSeq)?.number
    }

    /// The server may have ended the subscription before it knew that a NOTIFY in flight gets no answer, or before it answered
    /// another SUBSCRIBE with 481: the last NOTIFY had to wait.
    private func isOwedLastNotify(_ notify: SIPRequest) -> Bool {
        guard self.ended?.rule == "R6665-34" || self.ended?.rule == "R6665-67" else { return false }
        return (try? notify.subscriptionState)??.state == .terminated
    }

    private mutating func checkDialog(_ notify: SIPRequest, _ cSeq: UInt32) {
        if notify.callID.map(text) != self.options.callID { self.note("R3261-03", "another Call-ID", cSeq) }
        if notify.toTag.map(text) != self.options.tag { self.note("R3261-03", "another To tag", cSeq) }
        if (try? notify.to)?.uri.text != self.options.watcherURI { self.note("R3261-03", "another To", cSeq) }
        if (try? notify.from)?.uri.text != self.options.listURI { self.note("R3261-03", "another From", cSeq) }
        let tag = notify.fromTag.map(text)
        if tag == nil { self.note("R3261-03", "a NOTIFY without From tag", cSeq) }
        if let known = self.serverTag, tag != known { self.note("R4662-98", "a NOTIFY of another dialog", cSeq) }
        self.serverTag = self.serverTag ?? tag
        let (target, routes) = self.withoutStrictRouter(
            text(notify.requestURI),
            notify.headers.values(.route).map(text)
        )
        // The Contact that was accepted last, or one that was asked for since and may be accepted by now.
        if !self.asked.contains(where: { $0.key >= self.acceptedCSeq && $0.value.contact == target }) {
            self.note("R6665-01", "to \(target), not to the Contact", cSeq)
        }
        if routes != self.options.recordRoutes {
            self.note("R6665-50", "Route is not the Record-Route of the SUBSCRIBE", cSeq)
        }
    }

    /// Where a NOTIFY goes and on which way, before a strict router's rule was applied: that router in the Request-URI, and
    /// the target behind the other routes (R3261-04).
    private func withoutStrictRouter(_ requestURI: String, _ routes: [String]) -> (target: String, routes: [String]) {
        guard let first = self.options.recordRoutes.first, !first.contains(";lr"), let last = routes.last else {
            return (requestURI, routes)
        }
        return (String(last.dropFirst().dropLast()), ["<\(requestURI)>"] + routes.dropLast())
    }

    private mutating func checkHeaders(_ notify: SIPRequest, _ cSeq: UInt32) {
        let headers = notify.headers
        if headers.count(of: .maxForwards) != 1 || ((try? notify.maxForwards) ?? nil) == nil {
            self.note("R3261-12", "not one Max-Forwards", cSeq)
        }
        if ((try? notify.contacts) ?? []).count != 1 { self.note("R6665-42", "not one readable Contact", cSeq) }
        if !headers.contains(.require, token: "eventlist") {
            self.note("R4662-12", "NOTIFY without Require: eventlist", cSeq)
        }
        if headers.contains(.supported, token: "eventlist") {
            self.note("R4662-13", "Supported: eventlist in a NOTIFY", cSeq)
        }
        let event = (try? notify.event) ?? nil
        let name = self.options.style == .legacyLinphone ? self.options.event.capitalizedFirst : self.options.event
        if headers.count(of: .event) != 1 || event?.type != name || event?.id != self.options.eventID {
            self.note("R6665-44", "Event \(headers.first(.event).map(text) ?? "missing")", cSeq)
        }
        if let length = headers.first(.contentLength), SIPText.decimal(length) != UInt64(notify.body.count) {
            self.note("R3261-18", "Content-Length \(text(length)), body \(notify.body.count)", cSeq)
        }
        if headers.first(.contentEncoding) != nil { self.note("R4662-125", "Content-Encoding", cSeq) }
    }

    private mutating func checkState(
        _ notify: SIPRequest,
        _ cSeq: UInt32,
        at now: RLSInstant
    ) -> SIPSubscriptionState.State? {
        guard notify.headers.count(of: .subscriptionState) == 1,
            let state = (try? notify.subscriptionState) ?? nil
        else {
            self.note("R6665-65", "not one readable Subscription-State", cSeq)
            return nil
        }
        switch state.state {
        case .active, .pending:
            self.checkExpires(state.expires, cSeq, at: now)
        case .terminated:
            if state.expires != nil { self.note("R6665-37", "terminated with expires", cSeq) }
            guard let reason = state.reason.map({ text($0).lowercased() }) else {
                self.note("R6665-38", "terminated without reason", cSeq)
                break
            }
            if self.isUnsubscribed, reason != "timeout", reason != "noresource", reason != "rejected" {
                self.note("R6665-32", "the end that was asked for has reason \(reason)", cSeq)
            }
        case .other:
            self.note("R6665-36", "an unknown Subscription-State", cSeq)
        }
        if self.isUnsubscribed, state.state != .terminated, self.notifyDueSince != nil {
            self.note("R6665-32", "still running after Expires 0", cSeq)
        }
        return state.state
    }

    private mutating func checkExpires(_ expires: UInt32?, _ cSeq: UInt32, at now: RLSInstant) {
        guard let expires else {
            self.note("R6665-36", "no expires in Subscription-State", cSeq)
            return
        }
        let asked = self.asked.values.map(\.expires).max() ?? 0
        let left = self.runsUntil.map { $0.duration(since: now) } ?? .seconds(Int64(asked))
        // The 2xx and the NOTIFY may take different times on the way.
        if .seconds(Int64(expires)) > left + self.options.grace {
            self.note("R6665-36", "expires \(expires), but \(left) are left", cSeq)
        }
        if self.grantedUntil != nil, left == .zero, expires == 0 {
            self.note("R6665-31", "active when the time is over", cSeq)
        }
    }

    private mutating func checkOrder(_ notify: SIPRequest, _ cSeq: UInt32) {
        if let last = self.lastCSeq, cSeq <= last {
            self.note("R3261-05", "CSeq \(cSeq) after \(last)", cSeq)
        }
        self.lastCSeq = max(self.lastCSeq ?? 0, cSeq)
        if let other = self.inFlight, !self.mayOverlap {
            self.note("R6665-51", "NOTIFY \(other) is still in flight", cSeq)
        }
        self.inFlight = cSeq
        self.mayOverlap = false
    }

    private mutating func body(of notify: SIPRequest, _ cSeq: UInt32) -> RLSListNotification? {
        guard !notify.body.isEmpty, let type = notify.headers.first(.contentType) else {
            self.note("R4662-42", "a NOTIFY without RLMI", cSeq)
            return nil
        }
        var faults: [RLSReadingFault] = []
        var body: RLSListNotification?
        do throws(RLSReadingFault) {
            body = try RLSListNotification(
                contentType: type,
                body: notify.body,
                style: self.options.style,
                faults: &faults
            )
        } catch {
            faults.append(error)
        }
        for fault in faults {
            self.note(fault.rule, fault.message, cSeq)
        }
        return body
    }
}

extension String {
    fileprivate var capitalizedFirst: String { self.prefix(1).uppercased() + self.dropFirst() }
}
