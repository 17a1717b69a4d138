// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import NIOPosix
import ResourceListServer
import RLSCore
import SIPMessage

/// The two entry points of the library, as the routing script uses them.
extension SIPProxy {
    /// OpenSIPS: `rls_handle_subscribe()`.
    ///
    /// - Parameter notOurs: called for a request that is not for the list server.
    func handleListSubscribe(_ call: IncomingRequest, notOurs: @escaping @Sendable (IncomingRequest) -> Void) {
        guard let lists = self.lists else { return notOurs(call) }
        // On the loop of the flow: reply, NOTIFY and back-end SUBSCRIBEs leave in their order.
        Task(executorPreference: self.transport.executor(of: call.flow.eventLoop)) {
            let actions = await lists.rlsHandleSubscribe(call.request, via: call.path)
            let code = self.perform(actions) { self.reply($0, to: call) }
            guard code != nil else { return }
            notOurs(call)
        }
    }

    /// OpenSIPS: `rls_handle_notify()`. Runs on the event loop and is answered from there.
    ///
    /// - Returns: false when the request is not for the list server.
    func handleListNotify(_ call: IncomingRequest) -> Bool {
        guard let lists = self.lists else { return false }
        let actions = lists.rlsHandleNotify(call.request, via: call.path)
        return self.perform(actions) { self.reply($0, to: call) } == nil
    }

    /// A NOTIFY of the built-in presence agent.
    func notifyLists(_ notification: PresenceNotification) {
        guard let lists = self.lists else { return self.answered(notification, status: 481) }
        let path = self.ownPath
        var request = notification.request
        request.headers.prepend(.via, Self.localVia(path.local))
        let actions = lists.rlsHandleNotify(request, via: path)
        let code = self.perform(actions) { self.answered(notification, status: $0.statusCode) }
        guard code != nil else { return }
        self.answered(notification, status: 481)
    }

    /// The way that messages take which never leave this process.
    private var ownPath: SIPPath {
        let local = self.transport.advertised.first?.address ?? SIPPath.Address(host: "127.0.0.1", port: 5060)
        return SIPPath(transport: .udp, local: local, remote: local)
    }

    private static func localVia(_ local: SIPPath.Address) -> SIPBytes {
        var via = Flow.viaPrefix(.udp, local)
        Branch.next().write(into: &via)
        return via[...]
    }
}

// MARK: Actions

extension SIPProxy {
    /// Does what the library wants done, in order.
    ///
    /// - Parameter reply: sends the answer to the request that is being handled.
    /// - Returns: the code of `.toPresenceCode`: the request is not for the list server.
    @discardableResult
    func perform(_ actions: [RLSAction], reply: (SIPResponse) -> Void) -> Int? {
        var toPresence: Int?
        for action in actions {
            switch action {
            case .reply(let response): reply(response)
            case .sendRequest(let outbound): self.send(outbound)
            case .toPresenceCode(let code): toPresence = code
            }
        }
        return toPresence
    }

    /// Starts a client transaction for the library, and reports its one outcome.
    private func send(_ outbound: RLSOutboundRequest) {
        if case .uri(let uri) = outbound.destination, outbound.request.method == .subscribe, self.isOurPresence(uri) {
            return self.subscribeInProcess(outbound)
        }
        let sequence = (try? outbound.request.cSeq.number) ?? 0
        self.sender.send(outbound.request, to: outbound.destination) { outcome in
            switch outcome {
            case .response(let response): self.report(.response(response), of: outbound.transaction)
            case .timeout: self.report(.timeout(lastCSeq: sequence), of: outbound.transaction)
            case .transportError: self.report(.transportError(lastCSeq: sequence), of: outbound.transaction)
            }
        }
    }

    private func report(_ outcome: RLSTransactionOutcome, of transaction: RLSTransactionID) {
        guard let lists = self.lists else { return }
        self.perform(lists.rlsHandleResponse(outcome, for: transaction)) { _ in }
    }

    /// Without a presence server our domains are watched in this process.
    private func isOurPresence(_ uri: SIPURI) -> Bool {
        self.configuration.presenceServer == nil && self.domains.serves(uri)
    }

    /// The same messages as over the network, in the same order, on a later turn of the loop: the library may be in the
    /// middle of handing out actions.
    private func subscribeInProcess(_ outbound: RLSOutboundRequest) {
        self.loop(of: outbound.transaction).execute {
            let path = self.ownPath
            var request = outbound.request
            request.headers.prepend(.via, Self.localVia(path.local))
            let contact = Self.presenceContact(at: path.local, transport: .udp)
            let outcome = self.presence.subscribe(request, from: .listServer, contact: contact)
            var response = outcome.response
            response.headers.removeFirstValue(.via)
            self.report(.response(response), of: outbound.transaction)
            outcome.notifications.forEach(self.send)
        }
    }

    /// One loop per shard keeps the actions of one dialog in order.
    private func loop(of transaction: RLSTransactionID) -> any EventLoop {
        let loops = self.transport.loops
        return loops[transaction.shardIndex % loops.count]
    }
}

// MARK: Life

extension SIPProxy {
    /// Runs the list server, and sends what its timers and list changes want sent, until it has ended.
    ///
    /// Both are tasks of the first event loop. Its plugs may block: they are called elsewhere.
    func run(_ lists: RLSServer) async throws {
        try await withTaskExecutorPreference(self.transport.executor(of: self.transport.loops[0])) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await lists.run() }
                group.addTask { await self.consumeActions(of: lists) }
                try await group.waitForAll()
            }
        }
    }

    /// A batch leaves each loop in one turn, with one flush.
    private func consumeActions(of lists: RLSServer) async {
        let loops = self.transport.loops
        for await batch in lists.actions {
            var parts = Array(repeating: [RLSAction](), count: loops.count)
            for case .sendRequest(let outbound) in batch {
                parts[outbound.transaction.shardIndex % loops.count].append(.sendRequest(outbound))
            }
            for (loop, actions) in zip(loops, parts) where !actions.isEmpty {
                guard !loop.inEventLoop else {
                    self.perform(actions) { _ in }
                    continue
                }
                loop.execute { self.perform(actions) { _ in } }
            }
        }
    }
}
