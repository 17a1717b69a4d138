// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// A small presence agent (RFC 3856, RFC 3903) as a value: it is told of requests and of time, and says what to send.
///
/// Everybody may watch everybody, and of several publications of one presentity the latest is shown. Nothing survives
/// the process. A real service would use a presence server instead: `--presence-server`.
struct PresenceAgent: Sendable {
    /// How long publications and subscriptions may live.
    struct Limits: Sendable {
        var minExpires: UInt32
        var maxExpires: UInt32
        var defaultExpires: UInt32 = 3600
    }

    /// A document that a client has published.
    struct Publication: Sendable {
        var etag: String
        var contentType: [UInt8]
        var body: [UInt8]
        var expiresAt: RLSInstant
    }

    /// Somebody who can be watched.
    struct Presentity: Sendable {
        var uri: String
        /// In the order in which they came: the last one is shown.
        var publications: [Publication] = []
        /// Our tags of the subscriptions to it.
        var watchers: Set<String> = []
        /// Watchers who have seen a document must be told when there is none any more (RFC 3856 §6.7.2).
        var wasPublished = false

        var isUnused: Bool { self.publications.isEmpty && self.watchers.isEmpty }
    }

    enum Timed: Sendable, Hashable {
        case publication(presentity: String, etag: String)
        case subscription(tag: String)
    }

    let limits: Limits
    let random: @Sendable () -> UInt64
    /// By address of record.
    var presentities: [String: Presentity] = [:]
    /// By our tag.
    var subscriptions: [String: PresenceSubscription] = [:]
    var wheel: TimerWheel<Timed>

    init(limits: Limits, now: RLSInstant, random: @escaping @Sendable () -> UInt64) {
        self.limits = limits
        self.random = random
        self.wheel = TimerWheel(now: now)
    }

    /// What to send after an event.
    struct Outcome: Sendable {
        var response: SIPResponse
        /// In this order, after the response.
        var notifications: [PresenceNotification] = []
    }

    /// A word that nobody can guess: a tag or an entity tag.
    func token() -> String {
        String(self.random(), radix: 36) + String(self.random(), radix: 36)
    }

    enum Grant {
        case seconds(UInt32)
        case refused(SIPResponse)
    }

    /// How long a request's subscription or publication lives.
    func grant(_ request: SIPRequest) -> Grant {
        guard let asked = try? request.expires ?? self.limits.defaultExpires else {
            return .refused(SIPResponse(to: request, 400, reason: "Bad Expires"))
        }
        guard asked > 0 else { return .seconds(0) }
        // RFC 6665 §4.2.1.1, RFC 3903 §6: too short is refused, too long is cut.
        if asked < self.limits.minExpires, asked < 3600 {
            var response = SIPResponse(to: request, 423)
            response.headers.append(.minExpires, String(self.limits.minExpires))
            return .refused(response)
        }
        return .seconds(min(asked, self.limits.maxExpires))
    }

    /// Whether the request needs extensions, or is about another event package than the one served here.
    func refusal(of request: SIPRequest) -> SIPResponse? {
        guard request.headers.first(.require) == nil else {
            // RFC 3261 §8.2.2.3: no extension is known here.
            return SIPResponse(to: request, unsupported: request.headers.values(.require))
        }
        guard request.eventType?.elementsEqual("presence".utf8) != true else { return nil }
        // RFC 6665 §4.2.1.1.
        var response = SIPResponse(to: request, 489)
        response.headers.append(.allowEvents, "presence")
        return response
    }
}

// MARK: Time

extension PresenceAgent {
    /// Ends what has expired; called every now and then.
    mutating func deadlineReached(now: RLSInstant) -> [PresenceNotification] {
        var notifications: [PresenceNotification] = []
        for timed in self.wheel.advance(to: now) {
            switch timed {
            case .publication(let presentity, let etag):
                notifications += self.expirePublication(etag, of: presentity, now: now)
            case .subscription(let tag):
                guard let subscription = self.subscriptions[tag] else { continue }
                guard now >= subscription.expiresAt else {
                    self.wheel.schedule(timed, at: subscription.expiresAt)
                    continue
                }
                notifications += self.end(tag, now: now)
            }
        }
        return notifications
    }

    private mutating func expirePublication(
        _ etag: String,
        of key: String,
        now: RLSInstant
    ) -> [PresenceNotification] {
        guard let presentity = self.presentities[key] else { return [] }
        guard let index = presentity.publications.firstIndex(where: { $0.etag == etag }) else { return [] }
        let expiresAt = presentity.publications[index].expiresAt
        guard now >= expiresAt else {
            self.wheel.schedule(.publication(presentity: key, etag: etag), at: expiresAt)
            return []
        }
        self.presentities[key]?.publications.remove(at: index)
        return self.changed(key, now: now)
    }

    /// Tells every watcher of a presentity, and forgets a presentity that nobody needs.
    mutating func changed(_ key: String, now: RLSInstant) -> [PresenceNotification] {
        guard let presentity = self.presentities[key] else { return [] }
        if presentity.isUnused {
            self.presentities[key] = nil
        }
        return presentity.watchers.sorted().compactMap { tag in
            self.subscriptions[tag]?.notification(of: presentity, tag: tag, now: now)
        }
    }
}
