// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import SIPPhone

/// A list as its owner's phone shows it.
struct BuddyList {
    private struct Buddy {
        var name: String
        var subscription = "-"
        var document: PresenceNote?

        var row: [String] {
            [self.name, self.subscription, self.document?.basic.rawValue ?? "-", self.document?.note ?? ""]
        }
    }

    /// What kind of NOTIFY came.
    enum Kind: String {
        case full = "full state"
        case partial = "change only"
        case last = "full state, and the end of the subscription"

        init(_ notice: ListNotice) {
            self = notice.isLast ? .last : notice.isFull ? .full : .partial
        }
    }

    private let owner: Player
    private let stage: Stage
    private var subscription = PhoneSubscription(to: "sip:alice-list@example.org")
    private var buddies: [String: Buddy] = [:]
    private var order: [String] = []
    /// Of the last NOTIFY; the first has version 0.
    private var version = -1

    init(owner: Player, stage: Stage) {
        self.owner = owner
        self.stage = stage
    }

    /// Subscribes, refreshes, or with 0 seconds unsubscribes.
    mutating func subscribe(expires: Int) async throws {
        let request = self.subscription.request(from: self.owner.phone, expires: expires)
        let details = "Supported: eventlist, Expires: \(expires)"
        let response = try await self.owner.send(request, details: details)
        try self.subscription.established(by: response)
    }

    /// Takes the next NOTIFY, shows the phone, and compares.
    mutating func receive(_ what: String, _ kind: Kind, _ rows: [[String]]) async throws {
        var notice = try await self.next()
        while kind == .partial, notice.resources.allSatisfy({ $0.state == nil }) {
            // Both presence servers have answered that they know nothing yet.
            notice = try await self.next()
        }
        let shown = self.order.compactMap { self.buddies[$0]?.row }
        self.stage.table(
            "\(self.owner.name)'s phone",
            header: ["buddy", "subscription", "presence", "note"],
            rows: shown
        )
        self.stage.check(what, shown, rows)
        self.stage.check("it is the \(kind.rawValue)", Kind(notice), kind)
    }

    /// Takes the next NOTIFY and shows it.
    private mutating func next() async throws -> ListNotice {
        let notify = try await self.owner.phone.nextRequest()
        let notice = try ListNotice(notify)
        let names = notice.resources.map { $0.name ?? $0.uri }.joined(separator: ", ")
        let bodies = notice.resources.count { $0.body != nil }
        let documents = "\(bodies) document\(bodies == 1 ? "" : "s")"
        self.stage.arrow(
            from: "proxy",
            to: self.owner.name,
            "NOTIFY",
            "version \(notice.version), \(notice.isFull ? "full" : "partial"): \(names); \(documents); "
                + notice.subscriptionState
        )
        if notice.version != self.version + 1 {
            self.stage.differs("version \(notice.version) follows \(self.version)")
        }
        self.version = notice.version
        self.apply(notice)
        return notice
    }

    private mutating func apply(_ notice: ListNotice) {
        if notice.isFull {
            self.order = []
            self.buddies = [:]
        }
        for resource in notice.resources {
            if self.buddies[resource.uri] == nil {
                self.order.append(resource.uri)
            }
            var buddy = self.buddies[resource.uri] ?? Buddy(name: resource.name ?? resource.uri)
            buddy.subscription = resource.state ?? "-"
            if let body = resource.body {
                buddy.document = PresenceNote(document: String(decoding: body, as: UTF8.self))
            }
            self.buddies[resource.uri] = buddy
        }
    }
}
