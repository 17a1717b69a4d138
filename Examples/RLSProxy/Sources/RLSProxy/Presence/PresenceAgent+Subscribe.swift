// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

extension PresenceAgent {
    /// Handles a SUBSCRIBE (RFC 6665 §4.2.1).
    ///
    /// - Parameters:
    ///   - watcher: who gets the NOTIFYs.
    ///   - contact: our Contact in this dialog.
    mutating func subscribe(
        _ request: SIPRequest,
        from watcher: PresenceSubscription.Watcher,
        contact: String,
        now: RLSInstant
    ) -> Outcome {
        if let refusal = self.refusal(of: request) {
            return Outcome(response: refusal)
        }
        guard self.acceptsDocument(request) else { return Outcome(response: SIPResponse(to: request, 406)) }
        let seconds: UInt32
        switch self.grant(request) {
        case .seconds(let granted): seconds = granted
        case .refused(let response): return Outcome(response: response)
        }
        if let tag = request.toTag.map({ String(decoding: $0, as: UTF8.self) }) {
            return self.refresh(request, tag: tag, from: watcher, seconds: seconds, now: now)
        }
        return self.install(request, from: watcher, contact: contact, seconds: seconds, now: now)
    }

    private mutating func install(
        _ request: SIPRequest,
        from watcher: PresenceSubscription.Watcher,
        contact: String,
        seconds: UInt32,
        now: RLSInstant
    ) -> Outcome {
        let tag = self.token()
        guard
            let uri = try? request.uri,
            let subscription = PresenceSubscription(
                request,
                tag: tag,
                watcher: watcher,
                contact: contact,
                expiresAt: now.advanced(by: .seconds(Int64(seconds)))
            )
        else {
            return Outcome(response: SIPResponse(to: request, 400))
        }
        let key = uri.addressOfRecord
        self.presentities[key, default: Presentity(uri: key)].watchers.insert(tag)
        self.subscriptions[tag] = subscription
        self.wheel.schedule(.subscription(tag: tag), at: subscription.expiresAt)
        return self.confirmed(request, tag: tag, seconds: seconds, now: now)
    }

    private mutating func refresh(
        _ request: SIPRequest,
        tag: String,
        from watcher: PresenceSubscription.Watcher,
        seconds: UInt32,
        now: RLSInstant
    ) -> Outcome {
        guard var subscription = self.subscriptions[tag], subscription.matches(request) else {
            return Outcome(response: SIPResponse(to: request, 481))
        }
        switch subscription.refresh(request, from: watcher, expiresAt: now.advanced(by: .seconds(Int64(seconds)))) {
        case .accepted:
            break
        case .outOfOrder:
            // RFC 3261 §12.2.2.
            return Outcome(response: SIPResponse(to: request, 500))
        }
        self.subscriptions[tag] = subscription
        self.wheel.schedule(.subscription(tag: tag), at: subscription.expiresAt)
        return self.confirmed(request, tag: tag, seconds: seconds, now: now)
    }

    /// 200, and the NOTIFY that follows each 2xx (RFC 6665 §4.2.1.2).
    private mutating func confirmed(_ request: SIPRequest, tag: String, seconds: UInt32, now: RLSInstant) -> Outcome {
        var response = SIPResponse(to: request, 200, toTag: SIPBytes(tag.utf8))
        response.headers.append(.expires, String(seconds))
        for route in request.headers.rows(.recordRoute) {
            response.headers.append(.recordRoute, route)
        }
        if let subscription = self.subscriptions[tag] {
            response.headers.append(.contact, "<\(subscription.contact)>")
        }
        if seconds == 0 {
            return Outcome(response: response, notifications: self.end(tag, now: now))
        }
        guard let key = self.subscriptions[tag]?.presentity, let presentity = self.presentities[key] else {
            return Outcome(response: response)
        }
        let notification = self.subscriptions[tag]?.notification(of: presentity, tag: tag, now: now)
        return Outcome(response: response, notifications: notification.map { [$0] } ?? [])
    }

    /// Ends a subscription with a last NOTIFY.
    mutating func end(_ tag: String, now: RLSInstant) -> [PresenceNotification] {
        guard var subscription = self.subscriptions[tag] else { return [] }
        let presentity = self.presentities[subscription.presentity]
        self.remove(tag)
        guard let presentity else { return [] }
        subscription.expiresAt = now
        return [subscription.notification(of: presentity, tag: tag, now: now)]
    }

    /// Forgets a subscription without a word.
    mutating func remove(_ tag: String) {
        guard let subscription = self.subscriptions.removeValue(forKey: tag) else { return }
        self.presentities[subscription.presentity]?.watchers.remove(tag)
        if self.presentities[subscription.presentity]?.isUnused == true {
            self.presentities[subscription.presentity] = nil
        }
    }

    /// A NOTIFY was not answered with 2xx.
    ///
    /// - Parameter status: nil when there was no answer.
    mutating func notifyFailed(_ tag: String, status: Int?) {
        switch status {
        case nil, 404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604:
            // RFC 6665 §4.2.2.
            self.remove(tag)
        default:
            break
        }
    }

    private func acceptsDocument(_ request: SIPRequest) -> Bool {
        guard let ranges = try? request.accept else { return true }
        return ranges.contains { range in
            guard range.type != "*" else { return true }
            return range.type == "application" && (range.subtype == "*" || range.subtype == "pidf+xml")
        }
    }
}
