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

    private let owner: Player
    private let stage: Stage
    private var subscription = PhoneSubscription(to: "sip:alice-list@example.org")
    private var buddies: [String: Buddy] = [:]
    private var order: [String] = []

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
    mutating func receive(
        _ what: String,
        version: Int,
        isFull: Bool,
        isLast: Bool = false,
        _ rows: [[String]]
    ) async throws {
        let notify = try await self.owner.phone.nextRequest()
        let notice = try ListNotice(notify)
        let kind = notice.isFull ? "full" : "partial"
        let names = notice.resources.map { $0.name ?? $0.uri }.joined(separator: ", ")
        let bodies = notice.resources.count { $0.body != nil }
        let documents = "\(bodies) document\(bodies == 1 ? "" : "s")"
        self.stage.arrow(
            from: "proxy",
            to: self.owner.name,
            "NOTIFY",
            "version \(notice.version), \(kind): \(names); \(documents); \(notice.subscriptionState)"
        )
        self.apply(notice)
        let shown = self.order.compactMap { self.buddies[$0]?.row }
        self.stage.table(
            "\(self.owner.name)'s phone",
            header: ["buddy", "subscription", "presence", "note"],
            rows: shown
        )
        self.stage.check(what, shown, rows)
        self.stage.check("version", notice.version, version)
        self.stage.check("full state", notice.isFull, isFull)
        self.stage.check("the subscription ends", notice.isLast, isLast)
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
