// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// One watcher's subscription: a dialog in which we are the notifier (RFC 3261 §12.1.1, RFC 6665 §4.2).
struct PresenceSubscription: Sendable {
    /// Who gets the NOTIFYs.
    enum Watcher: Sendable {
        /// A phone, over the network.
        case phone(SIPPath)
        /// The list server in this process.
        case listServer
    }

    enum RefreshResult: Sendable, Hashable {
        case accepted
        /// Its CSeq is lower than an earlier one's.
        case outOfOrder
    }

    /// Address of record of the watched one.
    let presentity: String
    /// Our Contact.
    let contact: String
    var expiresAt: RLSInstant
    private var watcher: Watcher
    private let callID: [UInt8]
    /// From of the SUBSCRIBE, with the watcher's tag: To of our NOTIFYs.
    private let remote: [UInt8]
    private let remoteTag: [UInt8]
    /// To of the SUBSCRIBE with our tag: From of our NOTIFYs.
    private let local: [UInt8]
    private var remoteTarget: SIPURI
    private let routes: [SIPNameAddr]
    private let event: [UInt8]
    private var remoteSequence: UInt32
    private var localSequence: UInt32 = 0

    /// Nil when the request lacks what a dialog needs.
    init?(_ request: SIPRequest, tag: String, watcher: Watcher, contact: String, expiresAt: RLSInstant) {
        guard
            let uri = try? request.uri,
            let callID = request.callID,
            let from = request.headers.first(.from),
            let to = request.headers.first(.to),
            let event = request.headers.first(.event),
            let sequence = try? request.cSeq.number,
            let target = (try? request.contacts)?.first?.uri,
            let routes = try? request.recordRoutes
        else { return nil }
        self.presentity = uri.addressOfRecord
        self.contact = contact
        self.expiresAt = expiresAt
        self.watcher = watcher
        self.callID = Array(callID)
        self.remote = Array(from)
        self.remoteTag = Array(request.fromTag ?? [])
        self.local = Array(to) + ";tag=\(tag)".utf8
        self.remoteTarget = target
        self.routes = routes
        self.event = Array(event)
        self.remoteSequence = sequence
    }

    /// Whether an in-dialog request belongs here; our tag was compared already.
    func matches(_ request: SIPRequest) -> Bool {
        request.callID?.elementsEqual(self.callID) == true
            && (request.fromTag ?? []).elementsEqual(self.remoteTag)
    }

    mutating func refresh(_ request: SIPRequest, from watcher: Watcher, expiresAt: RLSInstant) -> RefreshResult {
        guard let sequence = try? request.cSeq.number, sequence > self.remoteSequence else { return .outOfOrder }
        self.remoteSequence = sequence
        self.expiresAt = expiresAt
        self.watcher = watcher
        // RFC 3261 §12.2.2: SUBSCRIBE is a target refresh request.
        if let target = (try? request.contacts)?.first?.uri {
            self.remoteTarget = target
        }
        return .accepted
    }

    /// The next NOTIFY; it says terminated when the subscription has expired.
    mutating func notification(
        of presentity: PresenceAgent.Presentity,
        tag: String,
        now: RLSInstant
    ) -> PresenceNotification {
        self.localSequence += 1
        let secondsLeft = self.expiresAt.duration(since: now).components.seconds
        var request = SIPRequest(.notify, uri: self.requestURI)
        request.headers.append(.to, self.remote)
        request.headers.append(.from, self.local)
        request.headers.append(.callID, self.callID)
        request.headers.append(.cSeq, "\(self.localSequence) NOTIFY")
        request.headers.append(.maxForwards, "70")
        for route in self.routeValues {
            request.headers.append(.route, route)
        }
        request.headers.append(.contact, "<\(self.contact)>")
        request.headers.append(.event, self.event)
        request.headers.append(
            .subscriptionState,
            secondsLeft > 0 ? "active;expires=\(secondsLeft)" : "terminated;reason=timeout"
        )
        if let document = presentity.document {
            request.headers.append(.contentType, document.type)
            request.setBody { $0.append(contentsOf: document.body) }
        }
        return PresenceNotification(tag: tag, request: request, destination: self.destination)
    }
}

// MARK: Routing

extension PresenceSubscription {
    private var isLooseRoute: Bool { self.routes.first?.uri.isLooseRouter ?? true }

    /// RFC 3261 §12.2.1.1.
    private var requestURI: String {
        guard let first = self.routes.first, !self.isLooseRoute else { return self.remoteTarget.text }
        return first.uri.text
    }

    private var routeValues: [String] {
        let values = self.routes.map { "<\($0.uri.text)>" }
        return self.isLooseRoute ? values : values.dropFirst() + ["<\(self.remoteTarget.text)>"]
    }

    private var destination: PresenceNotification.Destination {
        switch self.watcher {
        case .listServer:
            return .listServer
        case .phone(let path):
            if let route = self.routes.first {
                return .network(.uri(route.uri))
            }
            // A phone behind a NAT, or one on a connection, is reached the way it came.
            let host = self.remoteTarget.bareHost
            let isDirect = host == path.remote.host && self.remoteTarget.port ?? 5060 == path.remote.port
            return .network(path.transport.isReliable || !isDirect ? .flow(path) : .uri(self.remoteTarget))
        }
    }
}

/// A NOTIFY of the presence agent.
struct PresenceNotification: Sendable {
    enum Destination: Sendable {
        case network(RLSDestination)
        /// The list server in this process.
        case listServer
    }

    /// Our tag of the subscription.
    var tag: String
    /// Without Via.
    var request: SIPRequest
    var destination: Destination
}
