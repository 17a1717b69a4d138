// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSTestKit
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

extension Rules {
    /// R3261-04: the first route is the only way that leads anywhere, so what arrives has taken it.
    @Suite("Route sets of both dialogs, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct RouteRules {
        private static let nowhere = "192.0.2.1:5070"

        /// A route set whose first hop is this socket.
        private static func routes(to phone: String, isLoose: Bool) -> [String] {
            let port = phone.split(separator: ":").last ?? ""
            return [
                "<sip:127.0.0.1:\(port)\(isLoose ? ";lr" : "")>", "<sip:far.example.com;lr>;x=\"a,b\"",
                "<sip:farther.example.com>",
            ]
        }

        @Test(
            "R6665-50, R3261-04: NOTIFYs follow the Record-Route of the SUBSCRIBE in order, strict and loose",
            arguments: [true, false]
        )
        func ofTheWatcher(isLoose: Bool) async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                // The strict watcher checks Request-URI and Route of each NOTIFY, and Record-Route of each 2xx.
                var list = try await world.subscribed {
                    $0.recordRoutes = Self.routes(to: $0.contact, isLoose: isLoose)
                    $0.contact = "sip:alice@\(Self.nowhere)"
                }
                _ = try await bob.serve()
                try await list.shows("active:<open/>", of: bob.resource)
                #expect(try await list.send(list.request(expires: 600)).statusCode == 200)
                #expect(try await list.next().rlmi.fullState)
                #expect(try await list.send(list.request(expires: 0)).statusCode == 200)
                _ = try await list.next()
                #expect(list.watcher.phase == .terminated(reason: "timeout"))
                #expect(list.watcher.violations == [])
            }
        }

        @Test(
            "R6665-63, R3261-04: SUBSCRIBEs follow the Record-Route of the NOTIFY in order, strict and loose",
            arguments: [true, false]
        )
        func ofThePresenceServer(isLoose: Bool) async throws {
            try await RulesWorld.run { world in
                let bob = try await world.members("bob")[0]
                var list = try await world.subscribed()
                let subscribe = try await bob.nextSubscribe()
                // R3261-02: what the 2xx says of routes does not count, nor what later NOTIFYs say.
                let routes = Self.routes(to: bob.resource, isLoose: isLoose)
                bob.answer(subscribe, 200, [(.recordRoute, "<sip:evil.example.com;lr>")])
                let target = "sip:pa@\(Self.nowhere)"
                let lines = [(SIPHeaderName.contact, "<\(target)>")]
                let way = lines + [(.recordRoute, routes.joined(separator: ", "))]
                _ = try await bob.notify(subscribe, body: "<open/>", lines: way)
                let other = lines + [(.recordRoute, "<sip:evil.example.com;lr>")]
                _ = try await bob.notify(subscribe, cSeq: 2, body: "<open/>", lines: other)
                try await list.shows("active:<open/>", of: bob.resource)

                #expect(try await list.send(list.request(expires: 0)).statusCode == 200)
                let end = try await bob.nextSubscribe()
                #expect(end.toTag != nil)
                let seen = end.headers.values(.route).map { String(decoding: $0, as: UTF8.self) }
                let uri = String(decoding: end.requestURI, as: UTF8.self)
                if isLoose {
                    #expect(uri == target)
                    #expect(seen == routes)
                } else {
                    #expect("<\(uri)>" == routes[0])
                    #expect(seen == routes.dropFirst() + ["<\(target)>"])
                }
                _ = try await list.next()
                #expect(list.watcher.violations == [])
            }
        }
    }
}
