// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import SIPMessage

extension FakePresenceServer {
    /// Takes a SUBSCRIBE of the list server.
    public mutating func subscribe(_ request: SIPRequest, at now: RLSInstant) -> [Step] {
        self.countSubscribe()
        guard let from = try? request.from, let tag = from.tag, let callID = request.callID.map(text),
            let cSeq = try? request.cSeq, let target = (try? request.contacts)?.first?.uri.text
        else { return [.respond(SIPResponse(to: request, 400, toTag: Array("bad".utf8)[...]))] }
        if let ownTag = request.toTag.map(text) {
            guard
                let index = self.subscriptions.firstIndex(where: {
                    $0.callID == callID && $0.ownTag == ownTag && $0.peerTag == tag
                })
            else { return [.respond(SIPResponse(to: request, 481))] }
            return self.refresh(index, request, cSeq.number, target, at: now)
        }
        let resource = text(request.requestURI)
        let asked = ((try? request.expires) ?? nil) ?? 3600
        if let refusal = self.refusal(request, self.manners(of: resource), asked: asked) { return [refusal] }
        let subscription = Subscription(
            watcher: from.uri.addressOfRecord,
            resource: resource,
            callID: callID,
            expiresAt: now.advanced(by: .seconds(Int64(min(asked, self.manners(of: resource).longestGrant)))),
            peerTag: tag,
            ownTag: self.makeTag(),
            peer: from.uri.text,
            target: target,
            routes: request.headers.values(.recordRoute).map(text),
            event: request.headers.first(.event).map(text) ?? "presence",
            localCSeq: 0,
            peerCSeq: cSeq.number
        )
        let index = self.insert(subscription)
        return self.accept(index, request, asked: asked, isFirst: true, at: now)
    }

    private mutating func refresh(
        _ index: Int,
        _ request: SIPRequest,
        _ cSeq: UInt32,
        _ target: String,
        at now: RLSInstant
    ) -> [Step] {
        guard cSeq > self.subscriptions[index].peerCSeq else { return [.respond(SIPResponse(to: request, 500))] }
        let asked = ((try? request.expires) ?? nil) ?? 3600
        let manners = self.manners(of: self.subscriptions[index].resource)
        self.update(index) { $0.peerCSeq = cSeq }
        if let refusal = self.refusal(request, manners, asked: asked) { return [refusal] }
        self.update(index) {
            $0.target = target
            $0.expiresAt = now.advanced(by: .seconds(Int64(min(asked, manners.longestGrant))))
        }
        return self.accept(index, request, asked: asked, isFirst: false, at: now)
    }

    private func refusal(_ request: SIPRequest, _ manners: PresenceManners, asked: UInt32) -> Step? {
        // An end is never refused for being short (RFC 6665 4.2.1.1).
        if let status = manners.refusal {
            var response = SIPResponse(to: request, status, toTag: Array("refused".utf8)[...])
            if let seconds = manners.retryAfter { response.headers.append(.retryAfter, String(seconds)) }
            return .respond(response)
        }
        guard asked > 0, asked < manners.minExpires else { return nil }
        var response = SIPResponse(to: request, 423, toTag: Array("brief".utf8)[...])
        response.headers.append(.minExpires, String(manners.minExpires))
        return .respond(response)
    }

    private mutating func accept(
        _ index: Int,
        _ request: SIPRequest,
        asked: UInt32,
        isFirst: Bool,
        at now: RLSInstant
    ) -> [Step] {
        let subscription = self.subscriptions[index]
        let manners = self.manners(of: subscription.resource)
        let granted = min(asked, manners.longestGrant)
        var response = SIPResponse(to: request, 200, toTag: Array(subscription.ownTag.utf8)[...])
        response.headers.append(.expires, String(granted))
        response.headers.append(.contact, "<\(self.contact)>")
        for route in subscription.routes {
            response.headers.append(.recordRoute, route)
        }
        var steps = [Step.respond(response)]
        if asked == 0 || !manners.withholdsNotify {
            let notify =
                asked == 0
                ? self.request(index, state: "terminated;reason=timeout", body: nil)
                : self.notify(index, isEmpty: isFirst && manners.beginsEmpty, at: now)
            steps.append(.notify(notify))
        }
        if manners.notifiesFirst { steps.reverse() }
        if isFirst, manners.forks, asked > 0 {
            self.foreign(index).map { steps.append(.notify($0)) }
        }
        if asked == 0 {
            self.remove(index)
        } else if case .terminated = self.truth(of: subscription.resource, for: subscription.watcher) {
            self.remove(index)
        }
        return steps
    }

    mutating func notify(_ index: Int, isEmpty: Bool = false, isPartial: Bool = false, at now: RLSInstant) -> SIPRequest
    {
        let subscription = self.subscriptions[index]
        let left = subscription.expiresAt.duration(since: now).components.seconds
        let expires = self.manners(of: subscription.resource).omitsExpires ? "" : ";expires=\(left)"
        switch self.truth(of: subscription.resource, for: subscription.watcher) {
        case .active(let sequence):
            let state = FakeState(
                watcher: subscription.watcher,
                resource: subscription.resource,
                sequence: sequence,
                document: isEmpty ? nil : self.nextDocument(isPartial: isPartial)
            )
            return self.request(index, state: "active" + expires, body: isEmpty ? nil : state.body)
        case .pending:
            return self.request(index, state: "pending" + expires, body: nil)
        case .terminated(let reason, let retryAfter):
            let retry = retryAfter.map { ";retry-after=\($0)" } ?? ""
            return self.request(index, state: "terminated;reason=\(reason)\(retry)", body: nil)
        }
    }

    mutating func request(_ index: Int, state: String, body: [UInt8]?) -> SIPRequest {
        self.update(index) { $0.localCSeq += 1 }
        return self.request(self.subscriptions[index], state: state, body: body)
    }

    /// What another server says that the SUBSCRIBE was forked to.
    private mutating func foreign(_ index: Int) -> SIPRequest? {
        var other = self.subscriptions[index]
        guard case .active(let sequence) = self.truth(of: other.resource, for: other.watcher) else { return nil }
        other.ownTag += "-fork"
        other.localCSeq = 1
        let state = FakeState(
            watcher: other.watcher,
            resource: other.resource,
            sequence: sequence,
            document: self.nextDocument(isPartial: false)
        )
        return self.request(other, state: "active;expires=600", body: state.body)
    }

    private func request(_ subscription: Subscription, state: String, body: [UInt8]?) -> SIPRequest {
        var request = SIPRequest(.notify, uri: subscription.target)
        let branch = "z9hG4bK-\(subscription.callID)-\(subscription.ownTag)-\(subscription.localCSeq)"
        request.headers.append(.via, "SIP/2.0/UDP presence.example.com;branch=\(branch)")
        request.headers.append(.maxForwards, "70")
        for route in subscription.routes {
            request.headers.append(.route, route)
        }
        request.headers.append(.from, "<\(subscription.resource)>;tag=\(subscription.ownTag)")
        request.headers.append(.to, "<\(subscription.peer)>;tag=\(subscription.peerTag)")
        request.headers.append(.callID, subscription.callID)
        request.headers.append(.cSeq, "\(subscription.localCSeq) NOTIFY")
        request.headers.append(.contact, "<\(self.contact)>")
        request.headers.append(.event, subscription.event)
        request.headers.append(.subscriptionState, state)
        if let body {
            request.headers.append(.contentType, "application/pidf+xml")
            request.setBody { $0.append(contentsOf: body) }
        }
        return request
    }
}
