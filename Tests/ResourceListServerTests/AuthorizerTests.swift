// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import ResourceListServer
import SIPMessage
import Testing

/// Who may have a list (R4662-30).
@Suite(.timeLimit(.minutes(1))) struct AuthorizerTests {
    @Test(
        "S-AUTHZ, S-CANON: by default a user's list is its owner's, by canonical user and host",
        arguments: [
            ("sip:alice@example.org", true), ("sip:%61lice@EXAMPLE.org:5070;transport=tcp", true),
            ("sips:alice@example.org", true), ("sip:Alice@example.org", false), ("sip:bob@example.org", false),
            ("sip:alice@example.net", false), ("sip:example.org", false),
        ]
    )
    func ownerOnly(watcher: String, isOwner: Bool) async throws {
        let authorizer = RLSOwnerOnlyAuthorizer()
        let owners: [(RLSListOwner, RLSAuthorization)] = [
            (.user(try SIPURI("sip:alice@example.org")), isOwner ? .allow : .deny), (.shared, .allow),
            (.unknown, .deny),
        ]
        for (owner, verdict) in owners {
            let question = RLSAuthorizationRequest(
                watcher: try SIPURI(watcher),
                serviceURI: ServerHarness.listURI,
                owner: owner,
                event: "presence",
                request: nil
            )
            #expect(await authorizer.authorize(question) == verdict)
            #expect(authorizer.verdictAtOnce(on: question) == verdict)
        }
    }

    @Test("S-AUTH: the watcher is who the proxy has authenticated, whatever From says; without one it is From")
    func theAuthenticatedCounts() async throws {
        for name in ["tom", nil] {
            let world = ServerHarness()
            let watcher = try name.map { try SIPURI("sip:\($0)@example.org") }
            let uri = watcher?.text ?? "sip:alice@example.org"
            try await world.running {
                let request = ServerHarness.makeSubscribe()
                let first = await world.server.rlsHandleSubscribe(request, via: world.path, watcher: watcher)
                #expect(first.status == 200)
                #expect(world.resolver.queries.map(\.watcher.text) == [uri])
                // R4662-120: on whose behalf members are subscribed to.
                #expect(first.subscribes.count == 2)
                for subscribe in first.subscribes {
                    #expect(subscribe.request.text(.from)?.hasPrefix("<\(uri)>;tag=") == true)
                }
                // Asked again at the refresh: who began the dialog has it.
                world.answer(first.requests)
                #expect(await world.subscribe(cSeq: 2, toTag: first.toTag).status == 200)
                #expect(world.authorizer.asked.map(\.watcher.text) == [uri, uri])
            }
        }
    }
}
