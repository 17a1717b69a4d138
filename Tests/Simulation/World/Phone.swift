// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// A phone: subscribes to one list, refreshes, misbehaves when told, and subscribes again when its subscription is over.
struct Phone {
    /// What it answers to NOTIFYs for now.
    enum Mood: Equatable {
        case good
        case refusing(Int)
        case silent
    }

    let index: Int
    let identity: String
    let list: String
    var expires: UInt32
    var watcher: StrictWatcher
    /// Earlier subscriptions, by Call-ID: the server may still have them, the phone does not.
    var former: [String: StrictWatcher] = [:]
    /// Their Call-IDs, oldest first.
    private var formerOrder: [String] = []
    /// When the next look at the subscription is due.
    var refreshDue: RLSInstant?
    var count = 0
    var wantsList = true
    var mood = Mood.good
    var isAsking = false
    /// The last SUBSCRIBE was to end the subscription.
    var isLeaving = false
    var contactCount = 0

    private let settings: SimulationSettings

    /// Earlier subscriptions that are remembered; older ones have run out everywhere.
    private static let formerLimit = 64

    init(index: Int, identity: String, list: String, expires: UInt32, _ settings: SimulationSettings) {
        self.settings = settings
        self.index = index
        self.identity = identity
        self.list = list
        self.expires = expires
        self.watcher = StrictWatcher(Self.options(index, identity, list, expires, 0, settings))
    }

    private static func options(
        _ index: Int,
        _ identity: String,
        _ list: String,
        _ expires: UInt32,
        _ count: Int,
        _ settings: SimulationSettings
    ) -> WatcherOptions {
        var options = WatcherOptions(
            listURI: list,
            watcherURI: identity,
            contact: "sip:phone\(index)@192.0.2.\(index + 10):5060",
            callID: "call-\(count)@phone\(index)",
            tag: "t\(index)-\(count)"
        )
        options.expires = expires
        options.notifyTimeoutLimit = settings.configuration.notifyTimeoutLimit
        options.checksKnownState = !settings.deltaBodies && !settings.splits
        return options
    }

    /// Gives the subscription up and makes a new one, not yet asked for.
    mutating func renew() {
        self.former[self.watcher.options.callID] = self.watcher
        self.formerOrder.append(self.watcher.options.callID)
        if self.formerOrder.count > Self.formerLimit {
            self.former[self.formerOrder.removeFirst()] = nil
        }
        self.count += 1
        self.watcher = StrictWatcher(
            Self.options(self.index, self.identity, self.list, self.expires, self.count, self.settings)
        )
        self.isAsking = false
        self.isLeaving = false
    }

    /// Calls `body` with the subscription that has this Call-ID.
    @discardableResult
    mutating func withWatcher<Value>(_ callID: String, _ body: (inout StrictWatcher, Bool) -> Value) -> Value? {
        if self.watcher.options.callID == callID { return body(&self.watcher, true) }
        guard let index = self.former.index(forKey: callID) else { return nil }
        return body(&self.former.values[index], false)
    }

    /// Calls `body` with every subscription that is remembered.
    mutating func withWatchers(_ body: (inout StrictWatcher) -> Void) {
        body(&self.watcher)
        // Not over `values.indices`, which would hold the dictionary and so copy it.
        for callID in self.formerOrder {
            guard let index = self.former.index(forKey: callID) else { continue }
            body(&self.former.values[index])
        }
    }
}
