// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import SIPMessage

/// A presence server for tests: answers the list server's subscriptions, one truth per watcher and resource.
///
/// It does no I/O. ``subscribe(_:at:)`` and ``change(_:of:for:at:)`` return what is to be sent, in order; report how each
/// NOTIFY ended to ``notifyEnded(_:status:)``.
public struct FakePresenceServer: Sendable {
    /// What to send.
    public enum Step: Hashable, Sendable {
        /// The answer to the SUBSCRIBE.
        case respond(SIPResponse)
        /// A NOTIFY to the subscriber.
        case notify(SIPRequest)
    }

    /// One subscription of the list server here.
    public struct Subscription: Hashable, Sendable {
        /// Address of record in From.
        public var watcher: String
        /// The resource, as the first SUBSCRIBE named it.
        public var resource: String
        /// Call-ID of the dialog.
        public var callID: String
        /// The end of the grant.
        public var expiresAt: RLSInstant

        var peerTag: String
        var ownTag: String
        var peer: String
        var target: String
        var routes: [String]
        var event: String
        var localCSeq: UInt32
        var peerCSeq: UInt32
    }

    private struct Pair: Hashable {
        var watcher: String
        var resource: String
    }

    /// Contact of the server.
    public let contact: String
    /// Running subscriptions.
    public private(set) var subscriptions: [Subscription] = []
    /// SUBSCRIBEs answered.
    public private(set) var subscribeCount = 0
    /// Manners towards resources that have none of their own.
    public var manners = PresenceManners()
    /// Numbers its documents, as for a package whose documents may be deltas: those after a SUBSCRIBE are full, those that
    /// tell of a change are partial. Default false.
    public var numbersDocuments = false
    private var documentCount: UInt64 = 0
    private var ownManners: [String: PresenceManners] = [:]
    private var truths: [Pair: PresenceTruth] = [:]
    private var tagCount: UInt64 = 0

    /// Creates a server without subscriptions.
    public init(contact: String) {
        self.contact = contact
    }

    /// What is true; `.active(0)` before the first change.
    public func truth(of resource: String, for watcher: String) -> PresenceTruth {
        self.truths[Pair(watcher: watcher, resource: resource)] ?? .active(0)
    }

    /// Manners towards one resource.
    public mutating func setManners(_ manners: PresenceManners?, of resource: String) {
        self.ownManners[resource] = manners
    }

    /// Forgets all subscriptions without telling anybody, as a server that was started again.
    public mutating func restart() {
        self.subscriptions = []
    }

    /// Changes the truth and tells those who subscribed.
    public mutating func change(
        _ truth: PresenceTruth,
        of resource: String,
        for watcher: String,
        at now: RLSInstant
    ) -> [SIPRequest] {
        self.truths[Pair(watcher: watcher, resource: resource)] = truth
        var requests: [SIPRequest] = []
        for index in self.subscriptions.indices
        where self.subscriptions[index].watcher == watcher && self.subscriptions[index].resource == resource {
            requests.append(self.notify(index, isPartial: true, at: now))
        }
        if case .terminated = truth {
            self.subscriptions.removeAll { $0.watcher == watcher && $0.resource == resource }
        }
        return requests
    }

    /// Ends the subscriptions of a resource with a reason that says nothing of the resource, e.g. `deactivated`.
    public mutating func end(
        _ resource: String,
        reason: String,
        retryAfter: UInt32? = nil,
        at now: RLSInstant
    ) -> [SIPRequest] {
        var requests: [SIPRequest] = []
        for index in self.subscriptions.indices where self.subscriptions[index].resource == resource {
            let state = "terminated;reason=\(reason)" + (retryAfter.map { ";retry-after=\($0)" } ?? "")
            requests.append(self.request(index, state: state, body: nil))
        }
        self.subscriptions.removeAll { $0.resource == resource }
        return requests
    }

    /// Ends what has run out.
    public mutating func expire(at now: RLSInstant) -> [SIPRequest] {
        var requests: [SIPRequest] = []
        for index in self.subscriptions.indices where self.subscriptions[index].expiresAt <= now {
            requests.append(self.request(index, state: "terminated;reason=timeout", body: nil))
        }
        self.subscriptions.removeAll { $0.expiresAt <= now }
        return requests
    }

    /// A NOTIFY was answered with this status, or nil: not at all.
    public mutating func notifyEnded(_ notify: SIPRequest, status: Int?) {
        // RFC 6665 4.2.2: no answer ends the subscription, and so do these answers.
        guard
            status.map({ [404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604].contains($0) }) ?? true
        else { return }
        let callID = notify.callID.map(text) ?? ""
        let tag = notify.fromTag.map(text) ?? ""
        self.subscriptions.removeAll { $0.callID == callID && $0.ownTag == tag }
    }

    func manners(of resource: String) -> PresenceManners { self.ownManners[resource] ?? self.manners }

    mutating func countSubscribe() { self.subscribeCount += 1 }

    mutating func makeTag() -> String {
        self.tagCount += 1
        return "pa\(self.tagCount)"
    }

    mutating func nextDocument(isPartial: Bool) -> FakeState.Document? {
        guard self.numbersDocuments else { return nil }
        self.documentCount += 1
        return FakeState.Document(number: self.documentCount, isPartial: isPartial)
    }

    mutating func insert(_ subscription: Subscription) -> Int {
        self.subscriptions.append(subscription)
        return self.subscriptions.count - 1
    }

    mutating func remove(_ index: Int) {
        self.subscriptions.remove(at: index)
    }

    mutating func update(_ index: Int, _ body: (inout Subscription) -> Void) {
        body(&self.subscriptions[index])
    }
}
