// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RLSCore
import SIPMessage

/// All non-INVITE transactions (RFC 3261 §17): a table in shards, and one timer per event loop that drives them.
final class TransactionLayer: Sendable {
    private let transport: SIPTransport
    private let timers: SIPTimers
    private let shards: [TransactionShard]

    init(transport: SIPTransport, timers: SIPTimers) {
        self.transport = transport
        self.timers = timers
        let now = RLSInstant.now()
        self.shards = (0..<16).map { _ in TransactionShard(now: now) }
    }

    /// Starts the timers: each loop drives its part of the shards.
    func start() {
        let loops = self.transport.loops
        for (index, loop) in loops.enumerated() {
            let own = self.shards.enumerated().filter { $0.offset % loops.count == index }.map(\.element)
            loop.scheduleRepeatedTask(initialDelay: .milliseconds(20), delay: .milliseconds(20)) { _ in
                for shard in own {
                    self.advance(shard, to: .now())
                }
            }
        }
    }

    private func shard(_ branch: Branch) -> TransactionShard {
        self.shards[Int(branch.id & UInt64(self.shards.count - 1))]
    }

    private func shard(_ key: ServerTransactionKey) -> TransactionShard {
        self.shards[key.shard & (self.shards.count - 1)]
    }
}

// MARK: Client transactions

extension TransactionLayer {
    /// Sends a request in a new client transaction, with a Via of its own on top (RFC 3261 §8.1.1.7).
    ///
    /// - Parameter completion: called exactly once.
    func send(
        _ request: SIPRequest,
        to target: SendTarget,
        loopHash: UInt32? = nil,
        completion: @escaping @Sendable (ClientOutcome) -> Void
    ) {
        let branch = Branch.next(loopHash: loopHash)
        var via = self.transport.viaPrefix(for: target)
        branch.write(into: &via)
        var bytes: [UInt8] = []
        request.write(into: &bytes, via: via[...])
        let buffer = ByteBuffer(bytes: bytes)

        let machine = ClientTransaction(isReliable: target.isReliable, timers: self.timers, now: .now())
        let client = TransactionShard.Client(
            machine: machine,
            method: request.method,
            bytes: buffer,
            target: target,
            completion: completion
        )
        self.shard(branch).state.withLockedValue { state in
            state.clients[branch] = client
            state.wheel.schedule(.client(branch), at: machine.deadline)
        }
        self.transmit(buffer, to: target, branch: branch)
    }

    private func transmit(_ bytes: ByteBuffer, to target: SendTarget, branch: Branch) {
        self.transport.send(bytes, to: target) {
            let completion = self.shard(branch).state.withLockedValue { state in
                guard state.clients[branch]?.machine.transportFailed() == true else {
                    return ClientCompletion?.none
                }
                return state.clients.removeValue(forKey: branch)?.completion
            }
            completion?(.transportError)
        }
    }

    /// Passes a response to its transaction; one that matches none is dropped (RFC 6026 §6).
    func receive(_ response: SIPResponse, branch: Branch) {
        guard let method = try? response.cSeq.method else { return }
        let completion = self.shard(branch).state.withLockedValue { state -> ClientCompletion? in
            guard let index = state.clients.index(forKey: branch), state.clients.values[index].method == method
            else { return nil }
            switch state.clients.values[index].machine.responseReceived(status: response.statusCode) {
            case .absorb: return nil
            case .passUp: return state.clients.remove(at: index).value.completion
            }
        }
        completion?(.response(response))
    }

    /// Whether a request still waits for its final response.
    var isBusy: Bool {
        self.shards.contains { shard in shard.state.withLockedValue { !$0.clients.isEmpty } }
    }
}

private typealias ClientCompletion = @Sendable (ClientOutcome) -> Void

// MARK: Server transactions

extension TransactionLayer {
    /// Opens a server transaction.
    ///
    /// - Returns: nil when the request is a repeat: it has been dealt with.
    func begin(_ request: SIPRequest, via: TopVia, route: ResponseRoute) -> ServerTransactionKey? {
        let key = ServerTransactionKey(request, via: via)
        let (isNew, repeated) = self.shard(key).state.withLockedValue { state -> (Bool, ByteBuffer?) in
            if let known = state.servers[key] {
                switch known.machine.repeatReceived() {
                case .drop: return (false, nil)
                case .resend: return (false, known.response)
                }
            }
            let machine = ServerTransaction(isReliable: route.isReliable, timers: self.timers, now: .now())
            state.servers[key] = TransactionShard.Server(
                machine: machine,
                response: nil,
                route: route,
                unanswered: request
            )
            state.wheel.schedule(.server(key), at: machine.deadline)
            return (true, nil)
        }
        if let repeated {
            self.transport.send(repeated, to: route)
        }
        return isNew ? key : nil
    }

    func isOpen(_ key: ServerTransactionKey) -> Bool {
        self.shard(key).state.withLockedValue { $0.servers[key] != nil }
    }

    /// Sends the final response of a server transaction; a second one is dropped.
    func reply(_ response: SIPResponse, in key: ServerTransactionKey) {
        let bytes = ByteBuffer(bytes: response.bytes)
        let route = self.shard(key).state.withLockedValue { state -> ResponseRoute? in
            guard let index = state.servers.index(forKey: key) else { return nil }
            guard state.servers.values[index].machine.finalReply(now: .now()) == .send else { return nil }
            state.servers.values[index].response = bytes
            state.servers.values[index].unanswered = nil
            let server = state.servers.values[index]
            switch server.machine.state {
            case .terminated:
                state.servers.remove(at: index)
            case .trying, .proceeding, .completed:
                state.wheel.schedule(.server(key), at: server.machine.deadline)
            }
            return server.route
        }
        guard let route else { return }
        self.transport.send(bytes, to: route)
    }
}

// MARK: Time

extension TransactionLayer {
    private enum Due {
        case resend(ByteBuffer, SendTarget, Branch)
        case timeOut(ClientCompletion)
        case trying(ByteBuffer, ResponseRoute)
    }

    private func advance(_ shard: TransactionShard, to now: RLSInstant) {
        let due = shard.state.withLockedValue { state in
            state.wheel.advance(to: now).compactMap { key -> Due? in
                switch key {
                case .client(let branch): Self.advanceClient(branch, in: &state, to: now)
                case .server(let key): Self.advanceServer(key, in: &state, to: now)
                }
            }
        }
        for event in due {
            switch event {
            case .resend(let bytes, let target, let branch): self.transmit(bytes, to: target, branch: branch)
            case .timeOut(let completion): completion(.timeout)
            case .trying(let bytes, let route): self.transport.send(bytes, to: route)
            }
        }
    }

    private static func advanceClient(
        _ branch: Branch,
        in state: inout TransactionShard.State,
        to now: RLSInstant
    ) -> Due? {
        guard let index = state.clients.index(forKey: branch) else { return nil }
        switch state.clients.values[index].machine.deadlineReached(now: now) {
        case .none:
            state.wheel.schedule(.client(branch), at: state.clients.values[index].machine.deadline)
            return nil
        case .resend:
            let client = state.clients.values[index]
            state.wheel.schedule(.client(branch), at: client.machine.deadline)
            return .resend(client.bytes, client.target, branch)
        case .timeOut:
            return .timeOut(state.clients.remove(at: index).value.completion)
        }
    }

    private static func advanceServer(
        _ key: ServerTransactionKey,
        in state: inout TransactionShard.State,
        to now: RLSInstant
    ) -> Due? {
        guard let index = state.servers.index(forKey: key) else { return nil }
        let result = state.servers.values[index].machine.deadlineReached(now: now)
        let server = state.servers.values[index]
        switch result {
        case .none:
            state.wheel.schedule(.server(key), at: server.machine.deadline)
            return nil
        case .sendTrying:
            state.wheel.schedule(.server(key), at: server.machine.deadline)
            guard let request = server.unanswered else { return nil }
            let bytes = ByteBuffer(bytes: SIPResponse(to: request, 100).bytes)
            state.servers.values[index].response = bytes
            return .trying(bytes, server.route)
        case .forget:
            state.servers.remove(at: index)
            return nil
        }
    }
}
