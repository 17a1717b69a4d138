// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import SIPMessage

extension RLSServer {
    /// Takes a SUBSCRIBE. Without `watcher` its From is believed: authenticate first, or hand in who it is.
    ///
    /// Asks the resolver whether the Request-URI is a list, the authoriser, and the resolver for the list; then the
    /// store takes the list dialog before the reply is returned. Each of them has a time limit, after which the answer is
    /// 503. So it takes as long as these plugs, and may run for several SUBSCRIBEs at once.
    ///
    /// - Parameters:
    ///   - path: the way the request came.
    ///   - watcher: the identity that the proxy has authenticated (digest, P-Asserted-Identity).
    /// - Returns: the reply and what goes with it, to be executed in order; or ``RLSAction/toPresenceCode(_:)`` alone
    ///   when the request is not for a list.
    public func rlsHandleSubscribe(
        _ request: SIPRequest,
        via path: SIPPath,
        watcher: SIPURI? = nil
    ) async -> [RLSAction] {
        let route = RLSEngine.route(
            subscribe: request,
            configuration: self.configuration,
            shardCount: self.shards.count
        )
        switch route {
        case .answer(let actions):
            return actions
        case .initial(let shard):
            guard self.lifecycle.enter(isNew: true) else { return self.refuse(request, 503) }
            defer { self.lifecycle.leave() }
            return await self.begin(self.read(request, path, watcher), shard)
        case .inDialog(let shard):
            guard self.lifecycle.enter(isNew: false) else {
                // Without the dialogs of an earlier run, nothing is called "gone" or "not ours".
                return RLSEngine.isRecognisable(subscribe: request, configuration: self.configuration)
                    ? self.refuse(request, 503) : [.toPresenceCode(self.configuration.toPresenceCode)]
            }
            defer { self.lifecycle.leave() }
            return await self.refresh(self.read(request, path, watcher), shard)
        }
    }

    private func read(_ request: SIPRequest, _ path: SIPPath, _ watcher: SIPURI?) -> RLSSubscribe {
        RLSSubscribe(request, via: path, watcher: watcher, configuration: self.configuration)
    }

    /// A SUBSCRIBE without To tag: is there a list, may the watcher see it, what is in it, store it.
    private func begin(_ subscribe: RLSSubscribe, _ shard: Int) async -> [RLSAction] {
        let request = subscribe.request
        let notOurs = [RLSAction.toPresenceCode(self.configuration.toPresenceCode)]
        guard let uri = subscribe.uri else { return notOurs }
        // An unreadable From is the engine's to refuse, once the URI is known to be a list.
        let watcher = subscribe.watcher ?? uri
        let service: RLSListService
        switch await self.findService(uri: uri, event: subscribe.event, watcher: watcher) {
        case .found(let found?): service = found
        case .found(nil): return notOurs
        case .failed(let status, let retryAfter): return self.refuse(request, status, retryAfter: retryAfter)
        }
        let admission = self.shards.handle(shard) { shard, now in
            shard.engine.admit(subscribe, service: service, now: now)
        }
        if case .refuse(let actions) = admission {
            return actions
        }
        let verdict = await self.authorize(service, watcher: watcher, event: subscribe.event, request: request)
        guard let verdict else { return self.refuse(request, 503) }
        let listsElsewhere = self.shards.listCount(of: watcher, outside: shard)
        let authorized = self.shards.handle(shard) { shard, now in
            shard.engine.admitAuthorized(
                subscribe,
                service: service,
                verdict: verdict,
                listsElsewhere: listsElsewhere,
                now: now
            )
        }
        let list: RLSResolvedList?
        switch authorized {
        case .refuse(let actions):
            return actions
        case .acceptWithoutList:
            list = nil
        case .resolve:
            switch await self.resolve(service, known: nil) {
            case .found(.list(let found)): list = found
            case .found(.gone), .found(.unchanged): return notOurs
            case .failed(let status, let retryAfter): return self.refuse(request, status, retryAfter: retryAfter)
            }
        }
        let preparation = self.shards.handleRecords(shard) { shard, now in
            self.continuation(
                shard.engine.prepare(subscribe, service: service, verdict: verdict, list: list, now: now),
                of: nil,
                mustStore: false,
                &shard,
                now
            )
        }
        return await self.finish(preparation)
    }
}
