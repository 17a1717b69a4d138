// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

// README: begin
import RLSCore
import ResourceListServer
import SIPMessage

/// Where lists come from: here, every user has one list with two buddies.
struct Buddies: RLSListResolver {
    func findService(_ query: RLSListQuery) async throws(RLSResolverError) -> RLSListService? {
        guard query.uri.user == "buddies" else { return nil }  // not a list: presence will answer
        return RLSListService(uri: query.uri.text, owner: .user(query.watcher))
    }

    func resolve(_ service: RLSListService, known: RLSListVersion?) async throws(RLSResolverError) -> RLSResolution {
        guard let bob = try? SIPURI("sip:bob@example.org"), let claire = try? SIPURI("sip:claire@example.org") else {
            return .gone
        }
        return .list(RLSResolvedList(entries: [bob, claire].map { RLSListEntry(uri: $0.text, target: $0) }))
    }
}

/// What your proxy can do already.
protocol SIPStack: Sendable {
    func reply(_ response: SIPResponse)
    func passToPresence(_ request: SIPRequest)
    /// Starts a client transaction, adds Via, and reports its one outcome.
    func send(_ request: RLSOutboundRequest, outcome: @escaping @Sendable (RLSTransactionOutcome) -> Void)
}

struct ListRouting<Stack: SIPStack>: Sendable {
    let server = RLSServer(resolver: Buddies())
    let stack: Stack

    /// The routing script: called for each SUBSCRIBE and NOTIFY.
    func route(_ request: SIPRequest, via path: SIPPath, authenticated user: SIPURI?) async {
        switch request.method {
        case .subscribe: self.act(await self.server.rlsHandleSubscribe(request, via: path, watcher: user), on: request)
        case .notify: self.act(self.server.rlsHandleNotify(request, via: path), on: request)
        default: break
        }
    }

    /// What timers want sent. Run it next to your proxy.
    func run() async throws {
        async let driven: Void = self.server.run()
        for await actions in self.server.actions {
            self.act(actions, on: nil)
        }
        try await driven
    }

    private func act(_ actions: [RLSAction], on request: SIPRequest?) {
        for action in actions {
            switch action {
            case .reply(let response):
                self.stack.reply(response)
            case .sendRequest(let outbound):
                self.stack.send(outbound) { outcome in
                    self.act(self.server.rlsHandleResponse(outcome, for: outbound.transaction), on: nil)
                }
            case .toPresenceCode:
                if let request { self.stack.passToPresence(request) }
            }
        }
    }
}
// README: end
