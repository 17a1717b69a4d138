// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import RLSTestKit
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

extension Rules {
    @Suite("Large NOTIFYs to a phone that came over UDP, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct PreferStreamRules {
        @Test("R3261-13: what is larger than configured goes to the Contact over TCP, all else over UDP")
        func large() async throws {
            let stream = try await StreamListener()
            var arrivals = stream.requests.makeAsyncIterator()
            try await RulesWorld.run(configure: { $0.lists.preferStreamAbove = 2_000 }) { world in
                let bob = try await world.members("bob")[0]
                let phone = try await world.running.phone("sip:alice@example.org")
                // Datagrams come back on the way of the SUBSCRIBE, and connections lead to the Contact.
                var watcher = StrictWatcher(
                    WatcherOptions(
                        listURI: RulesWorld.list,
                        watcherURI: phone.uri,
                        contact: "sip:alice@127.0.0.1:\(stream.port)"
                    )
                )
                func subscribe(_ expires: UInt32) async throws -> Int {
                    var request = watcher.subscribe(expires: expires)
                    request.headers.remove(.via)
                    let response = try await phone.send(request)
                    watcher.receive(response, at: .now())
                    return response.statusCode
                }
                /// Takes a NOTIFY until the watcher shows this, and says how it came.
                func shown(_ notify: SIPRequest) throws -> String {
                    _ = watcher.receive(notify, at: .now())
                    #expect(notify.text(.via)?.hasPrefix("SIP/2.0/TCP") == (notify.body.count > 2_000))
                    let body = watcher.table[bob.resource]?.instances.first?.body
                    return body.map { String(decoding: $0, as: UTF8.self) } ?? ""
                }
                #expect(try await subscribe(600) == 200)
                #expect(try shown(try await phone.nextRequest()) == "")
                let large = String(repeating: "x", count: 3_000)
                let backend = try await bob.serve(large)
                #expect(try shown(try #require(await arrivals.next())) == large)
                _ = try await bob.notify(backend, cSeq: 2, body: "<small/>")
                #expect(try shown(try await phone.nextRequest()) == "<small/>")
                #expect(try await subscribe(0) == 200)
                #expect(try shown(try await phone.nextRequest()) == "<small/>")
                #expect(watcher.phase == .terminated(reason: "timeout"))
                #expect(watcher.violations == [])
            }
            await stream.close()
        }
    }
}
