// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage
import SIPPhone

/// A list as its owner's phone shows it.
struct BuddyList {
    /// What kind of NOTIFY came.
    enum Kind: String {
        case full = "full state"
        case partial = "change only"
        case last = "full state, and the end of the subscription"
    }

    private let owner: Player
    private let stage: Stage
    private var list: ListPhone

    init(owner: Player, stage: Stage) {
        self.owner = owner
        self.stage = stage
        self.list = ListPhone(owner.phone, list: "sip:alice-list@example.org")
    }

    /// What the strict watcher of `RLSTestKit` found wrong in all NOTIFYs so far.
    var violations: [String] { self.list.watcher.violations.map(\.description) }

    /// Subscribes, refreshes, or with 0 seconds unsubscribes.
    mutating func subscribe(expires: UInt32) async throws {
        let request = self.list.request(expires: expires)
        let details = "Supported: eventlist, Expires: \(expires)"
        let response = try await self.owner.send(request, details: details) { try await self.list.send($0) }
        guard response.statusCode == 200 else { throw DemoError.refused(response.statusCode) }
    }

    /// Takes the next NOTIFY, shows the phone, and compares.
    mutating func receive(_ what: String, _ kind: Kind, _ rows: [[String]]) async throws {
        var seen = try await self.next()
        while kind == .partial,
            self.list.watcher.lastNotification?.rlmi.resources.allSatisfy(\.instances.isEmpty) == true
        {
            // Both presence servers have answered that they know nothing yet.
            seen = try await self.next()
        }
        let shown = self.list.watcher.table.rows.map(Self.cells)
        self.stage.table(
            "\(self.owner.name)'s phone",
            header: ["buddy", "subscription", "presence", "note"],
            rows: shown
        )
        self.stage.check(what, shown, rows)
        self.stage.check("it is the \(kind.rawValue)", seen, kind)
    }

    /// Takes the next NOTIFY and shows it.
    private mutating func next() async throws -> Kind {
        let notification = try await self.list.next()
        let document = notification.rlmi
        let names = document.resources.map { $0.names.first?.text ?? $0.uri }.joined(separator: ", ")
        let bodies = notification.parts.count
        let isOver = if case .terminated = self.list.watcher.phase { true } else { false }
        self.stage.arrow(
            from: "proxy",
            to: self.owner.name,
            "NOTIFY",
            "version \(document.version), \(document.fullState ? "full" : "partial"): \(names); "
                + "\(bodies) document\(bodies == 1 ? "" : "s"); \(isOver ? "terminated" : "active")"
        )
        return isOver ? .last : document.fullState ? .full : .partial
    }

    private static func cells(_ row: WatcherTable.Row) -> [String] {
        let instance = row.instances.first
        let note = instance?.body.flatMap { PresenceNote(document: String(decoding: $0, as: UTF8.self)) }
        return [
            row.names.first ?? row.uri, instance?.state.rawValue ?? "-", note?.basic.rawValue ?? "-", note?.note ?? "",
        ]
    }
}
