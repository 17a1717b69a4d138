// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import RLSTestKit
import ResourceListServer
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

/// The rules of both kinds of dialog over real sockets. The suites run beside each other, the tests of a suite one after
/// the other: each test has a proxy and timers of its own, and a hundred of them at once would measure the machine.
enum Rules {}

/// A running proxy with short timers, and one list whose members are sockets of the test.
struct RulesWorld {
    static let list = "sip:friends@example.org"

    let running: RunningProxy
    let resolver: ScriptedResolver

    /// Runs a proxy whose collecting windows take no time that a test would notice.
    static func run(
        authorizer: any RLSAuthorizer = .ownerOnly,
        configure: (inout ProxyConfiguration) -> Void = { _ in },
        body: (RulesWorld) async throws -> Void
    ) async throws {
        let resolver = ScriptedResolver()
        try await withProxy(
            resolver: resolver,
            authorizer: authorizer,
            configure: {
                $0.lists.waitnTime = .milliseconds(20)
                $0.lists.initialFillDelay = .milliseconds(20)
                $0.lists.backendRetryInitial = .milliseconds(100)
                $0.shutdownTime = .seconds(1)
                configure(&$0)
            },
            body: { running in
                resolver.setList(Self.list, [])
                try await body(RulesWorld(running: running, resolver: resolver))
            }
        )
    }

    /// Runs a proxy with a list of one member, whose state `<open/>` the phone shows.
    ///
    /// - Parameter body: gets the member, the SUBSCRIBE that it has served, and the phone.
    static func runShowingBob(
        configure: (inout ProxyConfiguration) -> Void = { _ in },
        granting seconds: Int? = nil,
        body: (ScriptedNotifier, SIPRequest, inout ListPhone) async throws -> Void
    ) async throws {
        try await self.run(configure: configure) { world in
            let bob = try await world.members("bob")[0]
            var list = try await world.subscribed()
            let subscribe = try await bob.serve(granting: seconds)
            try await list.shows("active:<open/>", of: bob.resource)
            try await body(bob, subscribe, &list)
        }
    }

    /// Makes sockets of the test the members of the list.
    func members(_ users: String...) async throws -> [ScriptedNotifier] {
        var notifiers: [ScriptedNotifier] = []
        for user in users {
            notifiers.append(try await ScriptedNotifier(user, for: self.running))
        }
        self.resolver.setList(Self.list, notifiers.map(\.resource))
        return notifiers
    }

    /// A phone that has asked for nothing yet.
    func phone(
        of watcher: String = "sip:alice@example.org",
        over transport: SIPPhone.Transport = .udp,
        adjust: (inout WatcherOptions) -> Void = { _ in }
    ) async throws -> ListPhone {
        let phone = try await self.running.phone(watcher, over: transport)
        return ListPhone(phone, list: Self.list) { options in
            // A busy machine reads late what came in time.
            options.grace = .seconds(5)
            adjust(&options)
        }
    }

    /// A phone that has subscribed and taken its first NOTIFY.
    func subscribed(
        as watcher: String = "sip:alice@example.org",
        over transport: SIPPhone.Transport = .udp,
        adjust: (inout WatcherOptions) -> Void = { _ in }
    ) async throws -> ListPhone {
        var list = try await self.phone(of: watcher, over: transport, adjust: adjust)
        try #require(try await list.send(list.request(expires: 600)).statusCode == 200)
        let first = try await list.next()
        #expect(first.rlmi.fullState && first.rlmi.version == 0)
        return list
    }
}

extension ListPhone {
    /// Takes NOTIFYs until the phone shows this of a member: state, reason and body, as `active:<open/>`.
    mutating func shows(_ wanted: String, of resource: String, within limit: TimeAmount = .seconds(10)) async throws {
        let deadline = NIODeadline.now() + limit
        while self.shown(resource) != wanted {
            let left = deadline - .now()
            guard left > .zero else { throw NotShown(wanted: wanted, shown: self.shown(resource)) }
            do {
                _ = try await self.next(within: left)
            } catch PhoneError.nothingCame {
                throw NotShown(wanted: wanted, shown: self.shown(resource))
            }
        }
    }

    /// What the phone shows of a member; "-" without instance.
    func shown(_ resource: String) -> String {
        guard let instance = self.watcher.table[resource]?.instances.first else { return "-" }
        let reason = instance.reason.map { "/\($0)" } ?? ""
        let body = instance.body.map { ":" + String(decoding: $0, as: UTF8.self) } ?? ""
        return "\(instance.state.rawValue)\(reason)\(body)"
    }

    /// Nothing comes for a while.
    func expectSilence(for time: TimeAmount = .milliseconds(200)) async {
        await #expect(throws: PhoneError.self) { try await self.phone.nextRequest(within: time) }
    }

    struct NotShown: Error {
        var wanted: String
        var shown: String
    }
}
