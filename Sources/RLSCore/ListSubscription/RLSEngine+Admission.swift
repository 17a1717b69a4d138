// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

extension RLSEngine {
    /// The checks of an initial SUBSCRIBE that is known to be for a list, before the authoriser is asked.
    ///
    /// In this order: 400, 482, 483, 420, 415, 489 (RFC 3261 §8.2, RFC 6665 §4.2.1.1, RFC 4826 §4.5).
    public mutating func admit(
        _ subscribe: RLSSubscribe,
        service: RLSListService,
        now: RLSInstant
    ) -> RLSAdmission {
        if let fault = subscribe.fault {
            return .refuse(self.refuse(subscribe, 400, reason: fault))
        }
        let isMerged = self.merged.insert(
            callID: subscribe.request.callID ?? [],
            fromTag: subscribe.request.fromTag ?? [],
            cSeq: subscribe.cSeq,
            now: now
        )
        guard !isMerged else {
            return .refuse(self.refuse(subscribe, 482, reason: "Request Merged"))
        }
        // Back-end SUBSCRIBEs get one hop less than came (S-LOOP); there is none left.
        if (try? subscribe.request.maxForwards) == 0 {
            return .refuse(self.refuse(subscribe, 483))
        }
        if let refusal = self.refuseExtensionOrBody(subscribe) {
            return .refuse(refusal)
        }
        // R4826-43: compared byte by byte, template suffix included.
        if let packages = service.packages, !packages.contains(subscribe.event) {
            return .refuse(self.refuse(subscribe, 489))
        }
        return .proceed
    }

    /// The checks that follow the authoriser's verdict: 403, 406, 423 and the limits.
    ///
    /// - Parameter listsElsewhere: list subscriptions of this watcher in other shards.
    public mutating func admitAuthorized(
        _ subscribe: RLSSubscribe,
        service: RLSListService,
        verdict: RLSAuthorization,
        listsElsewhere: Int = 0,
        now: RLSInstant
    ) -> RLSAuthorizedAdmission {
        if verdict == .deny {
            return .refuse(self.refuse(subscribe, 403))
        }
        if let refusal = self.refuseAcceptOrInterval(subscribe) {
            return .refuse(refusal)
        }
        // S-DOWN: a sips list is not answered over a transport that everybody can read.
        if subscribe.uri?.scheme == .sips, subscribe.path.transport != .tls, subscribe.path.transport != .wss {
            return .refuse(self.refuse(subscribe, 403, reason: "Secure Transport Required"))
        }
        if !subscribe.isFetch {
            let watcher = subscribe.watcher?.addressOfRecord ?? ""
            let lists = self.dialogs.count(ofWatcher: watcher) + listsElsewhere
            guard lists < self.configuration.maxListsPerWatcher else {
                return .refuse(self.refuse(subscribe, 403, reason: "Too Many List Subscriptions"))
            }
            guard self.drain == nil, self.dialogs.count < self.limits.listDialogs else {
                return .refuse(self.refuse(subscribe, 503, retryAfter: self.configuration.retryAfter))
            }
        }
        switch verdict {
        case .allow: return .resolve
        case .pending, .hide: return .acceptWithoutList
        case .deny: return .refuse(self.refuse(subscribe, 403))
        }
    }

    /// How many list subscriptions of this watcher the shard holds.
    public func listCount(of watcher: SIPURI) -> Int {
        self.dialogs.count(ofWatcher: watcher.addressOfRecord)
    }

    /// 420 and 415: what the request asks of us that we do not know.
    mutating func refuseExtensionOrBody(_ subscribe: RLSSubscribe) -> [RLSAction]? {
        let request = subscribe.request
        if let unknown = Reply.unknownExtensions(in: request, knowsLists: true) {
            var response = Reply.refusal(request, 420, tag: nil, configuration: self.configuration)
            response.headers.append(.unsupported, unknown)
            self.noteRefusal(subscribe, 420)
            return [.reply(response)]
        }
        if !request.body.isEmpty, !Self.isBodyOptional(request) {
            return self.refuse(subscribe, 415)
        }
        return nil
    }

    /// 406 and 423.
    mutating func refuseAcceptOrInterval(_ subscribe: RLSSubscribe) -> [RLSAction]? {
        guard AcceptNegotiation.isServable(subscribe.accept, mode: self.configuration.acceptMode) else {
            return self.refuse(subscribe, 406)
        }
        // R6665-22: only for intervals under an hour, never for 0.
        if subscribe.expires > 0, subscribe.expires < 3600, subscribe.expires < self.configuration.minExpires {
            return self.refuse(subscribe, 423)
        }
        return nil
    }

    /// RFC 3261 20.11: without a handling parameter a body is required to be understood.
    private static func isBodyOptional(_ request: SIPRequest) -> Bool {
        request.contentDisposition?.handling == "optional"
    }

    mutating func refuse(
        _ subscribe: RLSSubscribe,
        _ status: Int,
        reason: String? = nil,
        retryAfter: UInt32? = nil
    ) -> [RLSAction] {
        self.noteRefusal(subscribe, status)
        return [
            .reply(
                Reply.refusal(
                    subscribe.request,
                    status,
                    reason: reason,
                    tag: nil,
                    retryAfter: retryAfter,
                    configuration: self.configuration
                )
            )
        ]
    }

    mutating func noteRefusal(_ subscribe: RLSSubscribe, _ status: Int) {
        self.events.append(
            RLSEvent(.subscribeRefused, subject: subscribe.uri?.text ?? "", detail: String(status))
        )
    }
}
