// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import SIPMessage
import Testing

/// Runs when `RLS_INTEROP` is set: `make interop` installs what is needed and sets it.
@Suite(
    "Taking over from a live Kamailio",
    .enabled(if: ProcessInfo.processInfo.environment["RLS_INTEROP"] != nil),
    .serialized,
    .timeLimit(.minutes(2))
)
struct TakeOverTests {
    @Test("the phone refreshes in the dialog that Kamailio began, and goes on seeing changes")
    func takeOver() async throws {
        try await withPrivateServers { servers in
            let scene = try await TakeOverScene(servers)
            let kamailio = try await scene.subscribeAtKamailio()
            #expect(try await servers.query("select count(*) from rls_watchers") == "1")
            try await servers.stop(.rls)

            let proxy = try scene.proxy()
            try await proxy.start()
            #expect(proxy.log.contains("rls_count=1"))
            let first = try await scene.refresh()
            #expect(first.sequence > kamailio.sequence)
            #expect(first.version > kamailio.version)
            #expect(first.dialog == kamailio.dialog)
            // Bob's state is in it, or follows when the presence server has answered.
            try await scene.says("Kamailio serves", from: first)

            try await scene.bob.publish("closed", note: "and now ours")
            try await scene.says("and now ours")
            #expect(try await scene.unsubscribe() == 200)
            #expect(try await proxy.stop() == 0)
            #expect(try await servers.query("select count(*) from rls_watchers") == "0")
        }
    }

    /// Kamailio keeps its own back-end dialogs in the table `pua`. Those that were refused meanwhile it would subscribe to
    /// anew at the presence server's Contact instead of the entry, so the operator removes them; see
    /// `Docs/migrating-from-opensips.md`.
    @Test("Kamailio started again on our rows goes on in the same dialog, and the phone sees changes")
    func goBack() async throws {
        try await withPrivateServers { servers in
            let scene = try await TakeOverScene(servers)
            let kamailio = try await scene.subscribeAtKamailio()
            try await servers.stop(.rls)
            let proxy = try scene.proxy()
            try await proxy.start()
            try await scene.says("Kamailio serves", from: scene.refresh())
            try await scene.bob.publish("closed", note: "and now ours")
            let ours = try await scene.says("and now ours")
            #expect(try await proxy.stop() == 0)
            let stored = try await servers.query("select local_cseq || ' ' || version from rls_watchers")

            try await servers.query("delete from pua where flag & 512 <> 0")
            try await servers.start(.rls, presence: scene.presence, at: scene.address)
            let first = try await scene.refresh()
            #expect(first.says("and now ours"))
            // The numbers go on where the row says that ours stopped.
            #expect(stored == "\(first.sequence - 1) \(first.version)")
            #expect(first.sequence > ours.sequence)
            #expect(first.version > ours.version)
            #expect(first.dialog == kamailio.dialog)
            try await scene.bob.publish("open", note: "Kamailio again")
            try await scene.says("Kamailio again")
            try await scene.claire.publish("open", note: "good morning")
            try await scene.says("good morning")
            try await scene.bob.publish("closed", note: "good night")
            try await scene.says("good night")
            #expect(try await scene.unsubscribe() == 200)
        }
    }
}
